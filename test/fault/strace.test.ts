/**
 * Every system call by which a writer touches its folder, made to fail: a script of commits runs under strace, which makes one call of
 * each run answer EIO, ENOSPC or a short write, or kills the process there. Needs strace; says so where it is not at hand.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { records } from '../../core/audit/show.ts'
import { openLogKey } from '../../core/audit/keys.ts'
import { openForWriting } from '../../core/audit/recover.ts'
import { leafHash } from '../../core/audit/verify/tree.ts'
import { packageFile } from '../../core/package.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { verified } from '../core/audit/parts.ts'

/** The long run (npm run test:fault) takes every call of a script of 300 commits, the short one a few. */
const isLong = process.env['SALLYPORT_STRACE'] === 'all'
const commits = isLong ? 300 : 20
const shortRuns = 14
const program = packageFile('dist/test/fault/commit-script.js')
const calls = ['pwrite64', 'write', 'fsync', 'fdatasync', 'ftruncate', 'openat', 'rename', 'unlink', 'mkdir']

interface Point { readonly call: string, readonly nth: number, readonly isFrame: boolean }
/** Node goes on with what a short write left, which is no failure; past the cache it cannot, for want of alignment, and that is one. */
function faultsOf ({ isFrame }: Point): string[] {
  return [...(isFrame ? ['retval=1'] : []), 'error=EIO', 'error=ENOSPC', 'signal=SIGKILL']
}

interface Run { readonly acknowledged: Map<number, string>, readonly trace: readonly string[], readonly failed: string }

function strace (folder: string, trace: string, inject: readonly string[]): Run {
  const log = `${folder}.strace`
  const { stdout } = spawnSync('strace', ['-f', '-y', '-s', '16', '-o', log, '-e', `trace=${trace}`, ...inject.flatMap(rule => ['-e', `inject=${rule}`]), process.execPath, program, folder, String(commits)], { encoding: 'utf8' })
  const acknowledged = new Map<number, string>()
  for (const [, index = '', hash = ''] of stdout.matchAll(/^acknowledged \d+ (\d+) ([0-9a-f]{64})$/gm)) acknowledged.set(Number(index), hash)
  return { acknowledged, trace: readFileSync(log, 'utf8').split('\n'), failed: /^failed (.*)$/m.exec(stdout)?.[1] ?? '' }
}

/** The calls of the main thread that touch the folder, each with its number among the calls of its name. What is there already is made by no call. */
function pointsOf (folder: string, trace: readonly string[]): Point[] {
  const [main = ''] = trace[0]?.split(' ') ?? []
  const counts = new Map<string, number>()
  const isDirect = trace.some(line => /^\d+ +openat\(.*\.seg", .*O_DIRECT/.test(line))
  return trace.flatMap(line => {
    const [, pid, call] = /^(\d+)\s+(\w+)\(/.exec(line) ?? []
    if (pid !== main || call === undefined) return []
    const nth = (counts.get(call) ?? 0) + 1
    counts.set(call, nth)
    return line.includes(folder) && !line.includes('EEXIST') ? [{ call, nth, isFrame: isDirect && call === 'pwrite64' && line.includes('.seg>') }] : []
  })
}

function acknowledgedAfterFault (trace: readonly string[]): boolean {
  const at = trace.findIndex(line => line.includes('(INJECTED)'))
  return at !== -1 && trace.slice(at + 1).some(line => /write\(1<.*"acknowledged/.test(line))
}

/** What is wrong with a log after a run; null where it goes on with all that was acknowledged. */
function wrongAfter (folder: string, { acknowledged }: Run): string | null {
  try {
    const { ledger } = openForWriting(folder, openLogKey(folder), { boot: 'next' })
    ledger.addOwn({ kind: 'system', event: 'start', boot: 'next' })
    ledger.commit()
  } catch (thrown) {
    return `it is not opened again: ${String(thrown)}`
  }
  const leaves = [...records(folder)].map(({ text }) => leafHash(Buffer.from(text)).toString('hex'))
  const lost = [...acknowledged].filter(([index, hash]) => leaves[index] !== hash)
  if (lost.length > 0) return `${lost.length} acknowledged records are lost`
  const { result, broken } = verified(folder)
  return result === 'INTACT-FILE' ? null : `${broken?.what ?? ''} (${broken?.where ?? ''})`
}

const isAtHand = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

t.test(isAtHand ? 'any call of the writer that fails: nothing is acknowledged after it, nothing acknowledged before it is lost' : 'strace is not at hand: no call was made to fail', { timeout: 7_200_000 }, async t => {
  if (!isAtHand) return
  const root = temporaryFolder(t)
  const clean = strace(join(root, 'clean'), calls.join(), [])
  t.equal(clean.acknowledged.size, commits)
  const all = pointsOf(join(root, 'clean'), clean.trace).flatMap(point => faultsOf(point).map(fault => ({ ...point, fault })))
  const step = isLong ? 1 : all.length / shortRuns
  const chosen = Array.from({ length: Math.floor(all.length / step) }, (_, count) => all[Math.floor(count * step)]).filter(point => point !== undefined)
  const wrong: string[] = []
  let acknowledged = 0
  for (const [count, { call, nth, fault }] of chosen.entries()) {
    const folder = join(root, String(count))
    const run = strace(folder, `${call},write`, [`${call}:${fault}:when=${nth}`])
    const name = `${call} ${nth} ${fault} ${run.trace.find(line => line.includes('(INJECTED)')) ?? ''}`
    acknowledged += run.acknowledged.size
    if (acknowledgedAfterFault(run.trace)) wrong.push(`${name}: a record was acknowledged after it`)
    const after = wrongAfter(folder, run)
    if (after !== null) wrong.push(`${name}: ${after}`)
  }
  t.comment(`${chosen.length} runs of ${all.length} (call, fault) pairs of ${commits} commits: ${acknowledged} records acknowledged, ${wrong.length} wrong`)
  t.same(wrong.slice(0, 20), [])
  t.ok(acknowledged > 0)
})
