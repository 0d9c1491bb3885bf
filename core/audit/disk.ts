/**
 * How the disk below a folder takes a synchronous write. Where it can be done, writes go past the page cache (O_DIRECT): they cost
 * less, and no page can show what the disk does not hold. That needs memory at an address that suits the device; which does is found
 * by trying, since nothing in Node tells an address.
 */
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { blockBytes } from './verify/frame.ts'

/** Where the platform has no O_DSYNC, an fsync after each write does the same. */
const synchronous: number | undefined = constants.O_DSYNC
const direct: number | undefined = constants.O_DIRECT
/** Memory that is allocated begins at a multiple of this. */
const memoryStep = 16
const readBytes = 1024 * 1024

export class Disk {
  readonly #probe: number
  /** Added to the flags of every file. */
  readonly #direct: number

  private constructor (probe: number, direct: number, writeUs: number) {
    this.#probe = probe
    this.#direct = direct
    this.writeUs = writeUs
  }

  /** @param folder where a file can be made to try on; it is gone again when this returns */
  static open (folder: string): Disk {
    const file = join(folder, 'probe')
    const plain = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600)
    writeWhole(plain, Buffer.alloc(blockBytes), 0)
    fsyncSync(plain)
    const writeUs = measureWrite(file)
    const opened = direct === undefined ? null : tryOpen(file, constants.O_RDWR | direct)
    rmSync(file)
    if (opened !== null && direct !== undefined && alignedPart(opened, Buffer.alloc(2 * blockBytes), blockBytes) !== null) {
      closeSync(plain)
      return new Disk(opened, direct, writeUs)
    }
    if (opened !== null) closeSync(opened)
    return new Disk(plain, 0, writeUs)
  }

  /** Microseconds that a synchronous write of one block took, the median of a few, when the folder was opened. */
  readonly writeUs: number

  /** True where writes and reads go past the page cache. */
  get isDirect (): boolean { return this.#direct !== 0 }

  /** Zeroed memory that files opened here take. Throws where none can be had. */
  memory (bytes: number): Buffer {
    const whole = Buffer.alloc(bytes + blockBytes)
    const part = this.isDirect ? alignedPart(this.#probe, whole, bytes) : whole.subarray(0, bytes)
    if (part === null) throw new Error('no memory is aligned as the disk wants it')
    return part
  }

  /** Opens a file for writes that are durable when they return. */
  openSynchronous (file: string): number {
    return openSync(file, constants.O_RDWR | (synchronous ?? 0) | this.#direct)
  }

  /** Flags of a new file whose content is made durable afterwards, at once. */
  get createFlags (): number {
    return constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | this.#direct
  }

  /** What the disk holds of a file, as far as the platform lets one see past the cache. */
  read (file: string): Buffer {
    const fd = openSync(file, constants.O_RDONLY | this.#direct)
    try {
      return readWhole(fd, statSync(file).size, this.memory(readBytes))
    } finally {
      closeSync(fd)
    }
  }

  close (): void {
    closeSync(this.#probe)
  }
}

/** Writes all of it at once, durably, to a file opened by {@link Disk.openSynchronous}. Throws for a short write as for a failed one. */
export function writeWhole (fd: number, bytes: Buffer, offset: number): void {
  const written = writeSync(fd, bytes, 0, bytes.length, offset)
  if (written !== bytes.length) throw new Error(`a write ended after ${written} of ${bytes.length} bytes`)
  if (synchronous === undefined) fsyncSync(fd)
}

const measuredWrites = 9

function measureWrite (file: string): number {
  const fd = openSync(file, constants.O_WRONLY | (synchronous ?? 0))
  const block = Buffer.alloc(blockBytes)
  const times = Array.from({ length: measuredWrites }, () => {
    const startMs = performance.now()
    writeWhole(fd, block, 0)
    return performance.now() - startMs
  })
  closeSync(fd)
  return Math.round((times.sort((a, b) => a - b)[Math.floor(measuredWrites / 2)] ?? 0) * 1000)
}

/** Null where the filesystem knows no such flags. */
function tryOpen (file: string, flags: number): number | null {
  try {
    return openSync(file, flags)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EINVAL') return null
    throw thrown
  }
}

/** The first part of the memory that a direct read accepts, or null. */
function alignedPart (fd: number, memory: Buffer, bytes: number): Buffer | null {
  for (let at = 0; at < blockBytes; at += memoryStep) {
    try {
      readSync(fd, memory, at, blockBytes, 0)
      return memory.subarray(at, at + bytes)
    } catch {} // EINVAL: not here
  }
  return null
}

function readWhole (fd: number, bytes: number, memory: Buffer): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes)
  for (let at = 0; at < bytes;) {
    const got = readSync(fd, memory, 0, memory.length, at)
    if (got === 0) return whole.subarray(0, at)
    memory.copy(whole, at, 0, got)
    at += got
  }
  return whole
}
