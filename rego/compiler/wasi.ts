/**
 * The WASI host of the Rego compiler (wasi_snapshot_preview1): a clock, random bytes for Go's own hash seeds, and a
 * log. Every other call answers EBADF, so the module can reach no file, no network and no environment: there is
 * nothing here that could serve it.
 */
import { randomFillSync } from 'node:crypto'

/** Errno values of wasi_snapshot_preview1 that this host answers. */
const SUCCESS = 0
const EBADF = 8
const EINVAL = 28

/** What the module imports and this host refuses. An import that is not known here fails the instantiation. */
const refused = [
  'fd_close', 'fd_fdstat_get', 'fd_fdstat_set_flags', 'fd_filestat_get', 'fd_prestat_dir_name', 'fd_prestat_get',
  'fd_read', 'fd_readdir', 'fd_seek', 'path_filestat_get', 'path_open', 'path_readlink'
] as const

/** The Go runtime ended itself (out of memory, fatal error): this instance is dead. */
export class CompilerExit extends Error {
  constructor (status: number) {
    super(`the compiler ended with status ${status}`)
    this.name = 'CompilerExit'
  }
}

export interface WasiHost {
  /** What WebAssembly.Instance takes. */
  readonly imports: WebAssembly.Imports
  /** Binds the memory once the instance exists; it grows, so views of it are made anew for every call. */
  bind (memory: WebAssembly.Memory): void
}

type WasiFunction = (...args: never[]) => number

/** A host that hands what Go writes to its standard output and error (crash reports) to `log`. */
export function createWasiHost (log: (text: string) => void, clock: () => bigint = machineClock): WasiHost {
  let memory: WebAssembly.Memory | null = null
  const buffer = (): ArrayBuffer => {
    if (memory === null) throw new Error('the memory is not bound')
    return memory.buffer
  }
  const functions: Record<string, WasiFunction> = { ...refusals(), ...served(buffer, log, clock) }
  return {
    imports: { wasi_snapshot_preview1: functions },
    bind (bound) { memory = bound }
  }
}

function refusals (): Record<string, WasiFunction> {
  return Object.fromEntries(refused.map(name => [name, () => EBADF]))
}

function served (buffer: () => ArrayBuffer, log: (text: string) => void, clock: () => bigint): Record<string, WasiFunction> {
  return {
    ...emptyLists(buffer),
    clock_time_get: (id: number, _precision: bigint, at: number) => readClock(new DataView(buffer()), id, at, clock),
    fd_write: (fd: number, list: number, count: number, written: number) =>
      fd === 1 || fd === 2 ? writeLog(buffer(), list, count, written, log) : EBADF,
    poll_oneoff: (_in: number, _out: number, _count: number, events: number) => {
      new DataView(buffer()).setUint32(events, 0, true)
      return SUCCESS
    },
    proc_exit: (status: number) => { throw new CompilerExit(status) },
    random_get: (at: number, length: number) => {
      randomFillSync(new Uint8Array(buffer(), at, length))
      return SUCCESS
    },
    sched_yield: () => SUCCESS
  }
}

/** No arguments and no environment: counts and sizes of zero. */
function emptyLists (buffer: () => ArrayBuffer): Record<string, WasiFunction> {
  const sizes = (count: number, size: number): number => {
    const view = new DataView(buffer())
    view.setUint32(count, 0, true)
    view.setUint32(size, 0, true)
    return SUCCESS
  }
  const none = (): number => SUCCESS
  return { args_get: none, args_sizes_get: sizes, environ_get: none, environ_sizes_get: sizes }
}

function machineClock (): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

/** Clock 0 is the wall clock, 1 the monotonic one; both in nanoseconds. */
function readClock (view: DataView, id: number, at: number, clock: () => bigint): number {
  if (id !== 0 && id !== 1) return EINVAL
  const now = id === 0 ? clock() : process.hrtime.bigint()
  view.setBigUint64(at, now, true)
  return SUCCESS
}

/** Gathers the `count` pieces (address, length) that stand at `list`. */
function writeLog (memory: ArrayBuffer, list: number, count: number, written: number, log: (text: string) => void): number {
  const view = new DataView(memory)
  const pieces: Buffer[] = []
  for (let index = 0; index < count; index++) {
    const at = list + index * 8
    pieces.push(Buffer.from(memory, view.getUint32(at, true), view.getUint32(at + 4, true)))
  }
  const text = Buffer.concat(pieces)
  view.setUint32(written, text.length, true)
  log(text.toString('utf8'))
  return SUCCESS
}
