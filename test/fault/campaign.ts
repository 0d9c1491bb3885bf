/**
 * The long runs of what `npm test` does briefly: it prints what each counted.
 *
 *   npm run test:fault -- [NAME...]     kills, gateway, calls, simulation, flips, attacks, canaries; all of them where none is named
 */
import { spawnSync } from 'node:child_process'
import { packageFile } from '../../core/package.ts'

interface LongRun { readonly file: string, readonly environment: Readonly<Record<string, string>>, readonly what: string }

const runs: Readonly<Record<string, LongRun>> = {
  kills: { file: 'core/audit/crash.test.js', environment: { SALLYPORT_KILLS: '2000' }, what: 'kill -9 of the writer, 2,000 times under load' },
  gateway: { file: 'fault/crash.test.js', environment: { SALLYPORT_KILLS: '200' }, what: 'kill -9 of gateway or writer, 200 times under load, joined with what the endpoint saw' },
  calls: { file: 'fault/strace.test.js', environment: { SALLYPORT_STRACE: 'all' }, what: 'every system call of 300 commits with EIO, ENOSPC, a short write, SIGKILL' },
  simulation: { file: 'fault/simulation.test.js', environment: { SALLYPORT_SEEDS: '100000' }, what: '100,000 lives on a disk that loses, tears and reorders' },
  flips: { file: 'fault/flips.test.js', environment: { SALLYPORT_FLIPS: 'all' }, what: 'every bit of a log of 1 MiB' },
  attacks: { file: 'fault/attacks.test.js', environment: {}, what: 'fifteen attacks, each with its exact result' },
  canaries: { file: 'fault/canaries.test.js', environment: { SALLYPORT_CANARIES: '100000' }, what: '100,000 canaries in prompts and answers' }
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => runs[name] === undefined)
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${Object.keys(runs).join(', ')}`)

let failed = 0
for (const [name, { file, environment, what }] of Object.entries(runs)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`${name}: ${what}`)
  const startedMs = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [packageFile(`dist/test/${file}`)], { env: { ...process.env, TAP_TIMEOUT: '7200', ...environment }, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
  const lines = stdout.split('\n').map(line => line.trim())
  for (const line of lines.filter(text => /^# (?!Subtest|time=|\{)/.test(text) || /^(?:not )?ok \d+ - \d+ (?:records|answers|requests)/.test(text))) console.log(`  ${line.replace(/^# /, '')}`)
  if (status !== 0) console.log(lines.filter(line => line.startsWith('not ok')).join('\n'))
  console.log(`  ${status === 0 ? 'holds' : 'FAILS'}, after ${Math.round((performance.now() - startedMs) / 1000)} s`)
  if (status !== 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
