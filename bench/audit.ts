/**
 * The audit log alone: signed, durable commits beside raw 4 KiB synchronous writes of the same disk, in slices that take turns.
 *
 *   npm run bench:audit -- [--seconds 1.5] [--rounds 7]
 */
import { pbkdf2 } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { startAuditLog, type AuditLog } from '../core/audit/client.ts'
import { median, openFolder } from './parts/measure.ts'
import { recordMaker } from './parts/records.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '1.5' }, rounds: { type: 'string', default: '7' } } })
const sliceMs = Number(values.seconds) * 1000
const rounds = Number(values.rounds)
const levels = [1, 16, 64, 256]

interface Slice { readonly perSecond: number, readonly p50Ms: number, readonly p99Ms: number, readonly writerUs: number, readonly clientUs: number }

const { folder, remove } = openFolder('audit-')
try {
  await ratios()
  await starved()
} finally {
  remove()
}

/** Commits a second with so many in flight, over raw writes a second, one slice after another. */
async function ratios (): Promise<void> {
  const slices = new Map<number, Slice[]>(levels.map(level => [level, []]))
  const raw: number[] = []
  const relative = new Map<number, number[]>(levels.map(level => [level, []]))
  for (let round = 0; round < rounds; round++) {
    for (const level of levels) {
      const before = rawPerSecond()
      const slice = await commitSlice(level)
      const writes = (before + rawPerSecond()) / 2
      raw.push(writes)
      slices.get(level)?.push(slice)
      relative.get(level)?.push(slice.perSecond / writes)
    }
  }
  console.log(`raw 4 KiB O_DSYNC writes: ${median(raw).toFixed(0)}/s (median; each slice is compared with those right before and after it)`)
  for (const level of levels) {
    const all = slices.get(level) ?? []
    const of = (field: keyof Slice): string => median(all.map(slice => slice[field])).toFixed(field.endsWith('Ms') ? 2 : 1)
    console.log(`${String(level).padStart(4)} in flight: ${median(relative.get(level) ?? []).toFixed(2)} x raw; ${of('perSecond')} records/s, p50 ${of('p50Ms')} ms, p99 ${of('p99Ms')} ms; CPU a record: writer ${of('writerUs')} us, gateway's side ${of('clientUs')} us`)
  }
}

/** A log of its own for each slice: sizes of files must not tell. Half the records are decisions, half their outcomes. */
async function commitSlice (level: number): Promise<Slice> {
  const audit = await open()
  const make = recordMaker()
  const times: number[] = []
  const load = { stop: false }
  const lanes = Array.from({ length: level }, async () => {
    while (!load.stop) {
      const atMs = performance.now()
      const receipt = await audit.append(make.decision(), { deadlineMs: 30_000 })
      const thenMs = performance.now()
      await audit.append(make.outcome(receipt), { deadlineMs: 30_000 })
      times.push(thenMs - atMs, performance.now() - thenMs)
    }
  })
  await pause(300)
  const makingUs = make.costUs()
  const [writer = 0] = writers()
  const [from, own, theirs, startMs] = [times.length, process.cpuUsage(), cpuUs(writer), performance.now()]
  await pause(sliceMs)
  const [spent, theirSpent, elapsedMs, count] = [process.cpuUsage(own), cpuUs(writer) - theirs, performance.now() - startMs, times.length - from]
  load.stop = true
  await Promise.all(lanes)
  await audit.close()
  const sorted = times.slice(from, from + count).sort((a, b) => a - b)
  return {
    perSecond: count / elapsedMs * 1000,
    p50Ms: sorted[Math.floor(count / 2)] ?? 0,
    p99Ms: sorted[Math.floor(count * 0.99)] ?? 0,
    writerUs: theirSpent / count,
    clientUs: (spent.user + spent.system) / count - makingUs
  }
}

/** The median commit of one in flight, alone and beside 32 busy jobs in this process's thread pool, taking turns. */
async function starved (): Promise<void> {
  const [idle, busy]: [number[], number[]] = [[], []]
  const jobs = { stop: true }
  const work = (): void => { pbkdf2('a', 'b', 20_000, 32, 'sha256', () => { if (!jobs.stop) work() }) }
  for (let round = 0; round < rounds; round++) {
    idle.push((await commitSlice(1)).p50Ms)
    jobs.stop = false
    for (let job = 0; job < 32; job++) work()
    busy.push((await commitSlice(1)).p50Ms)
    jobs.stop = true
    await pause(500)
  }
  console.log(`p50 of a commit beside 32 busy thread pool jobs: ${median(busy).toFixed(2)} ms, idle ${median(idle).toFixed(2)} ms, ratio ${(median(busy) / median(idle)).toFixed(2)}`)
}

/** Overwrites of a file that was filled before: what the disk can do one after another. */
function rawPerSecond (): number {
  const file = join(folder, 'raw')
  const block = Buffer.alloc(4096, 1)
  const filled = openSync(file, 'w')
  for (let at = 0; at < 1024; at++) writeSync(filled, block)
  fsyncSync(filled)
  closeSync(filled)
  const fd = openSync(file, constants.O_RDWR | constants.O_DSYNC)
  const startMs = performance.now()
  let count = 0
  for (; performance.now() - startMs < 250; count++) writeSync(fd, block, 0, block.length, (count % 1024) * block.length)
  closeSync(fd)
  return count / (performance.now() - startMs) * 1000
}

async function open (): Promise<AuditLog> {
  rmSync(join(folder, 'audit'), { recursive: true, force: true })
  return await startAuditLog({ folder: join(folder, 'audit'), log: pino({ level: 'warn' }), allowUnsafeFilesystem: true, freeSpaceBytes: 1024 })
}

function writers (): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(pid => {
    try {
      return statOf(pid)[1] === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('audit/writer')
    } catch {
      return false
    }
  })
}

/** User and system time of a process, microseconds; the clock ticks at 100 Hz. */
function cpuUs (pid: number): number {
  const stat = statOf(pid)
  return (Number(stat[11]) + Number(stat[12])) * 10_000
}

/** proc_pid_stat(5), from the state on. */
function statOf (pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function pause (milliseconds: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, milliseconds))
}
