/**
 * Where frames are written: segment files that were filled with zeros before, so that a synchronous write changes nothing but
 * data. The next segment is prepared beside the running one.
 */
import { closeSync, constants, existsSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { makeFolder, recordsFolder, segmentFile, syncFolder } from './folder.ts'
import type { Place } from './reader.ts'

const firstSegmentBytes = 4 * 1024 ** 2
const largestSegmentBytes = 64 * 1024 ** 2
const stepBytes = 256 * 1024
const zeros = Buffer.alloc(stepBytes)

/** Where the platform has no O_DSYNC, an fsync after each write does the same. */
const synchronous: number | undefined = constants.O_DSYNC

/** Segments double from 4 MiB up to 64 MiB: a small log stays small. */
export function segmentBytes (segment: number): number {
  return Math.min(largestSegmentBytes, firstSegmentBytes * 2 ** Math.min(segment, 16))
}

export class Store {
  readonly #folder: string
  #segment: number
  #offset: number
  #fd: number
  #next: { readonly segment: number, ready: boolean } | null = null

  private constructor (folder: string, place: Place, fd: number) {
    this.#folder = folder
    this.#segment = place.segment
    this.#offset = place.offset
    this.#fd = fd
  }

  /**
   * Opens a log for writing where its last frame ends.
   * @param tornBytes bytes of a cut write after that place: they are replaced by zeros
   */
  static open (folder: string, place: Place, tornBytes: number): Store {
    makeFolder(recordsFolder(folder))
    const file = segmentFile(folder, place.segment)
    if (!existsSync(file)) fill(folder, place.segment)
    const store = new Store(folder, place, openSegment(file))
    store.#clear(statSync(file).size, tornBytes)
    return store
  }

  /** Writes a frame; when this returns it is durable. Throws for any failure: nothing may be written after that. */
  write (frame: Buffer): void {
    if (this.#offset + frame.length > segmentBytes(this.#segment)) this.#advance()
    writeWhole(this.#fd, frame, this.#offset)
    this.#offset += frame.length
    if (this.#next === null && this.#offset > segmentBytes(this.#segment) / 2) this.#prepareNext()
  }

  /** Writes the frame before the current place once more: one that was read from the cache after a failed write is then on disk, or this throws. */
  confirm (frame: Buffer): void {
    writeWhole(this.#fd, frame, this.#offset - frame.length)
  }

  close (): void {
    closeSync(this.#fd)
  }

  /** Zeros from the current place on, as far as something else may stand there. */
  #clear (fileBytes: number, tornBytes: number): void {
    const whole = segmentBytes(this.#segment)
    const from = fileBytes === whole ? this.#offset + tornBytes : whole
    if (fileBytes > whole) ftruncateSync(this.#fd, whole)
    for (let at = this.#offset; at < from; at += stepBytes) writeWhole(this.#fd, zeros.subarray(0, Math.min(stepBytes, from - at)), at)
  }

  /** A segment whose preparation did not end in time is left empty: its zeros may still be on their way. */
  #advance (): void {
    closeSync(this.#fd)
    const prepared = this.#next
    this.#segment = prepared?.ready === false ? prepared.segment + 1 : this.#segment + 1
    if (prepared?.ready !== true) fill(this.#folder, this.#segment)
    this.#next = null
    this.#offset = 0
    this.#fd = openSegment(segmentFile(this.#folder, this.#segment))
  }

  #prepareNext (): void {
    const next = { segment: this.#segment + 1, ready: false }
    this.#next = next
    prepare(this.#folder, next.segment).then(() => { next.ready = true }, () => {}) // what failed here is tried again when it is needed
  }
}

function openSegment (file: string): number {
  return openSync(file, constants.O_RDWR | (synchronous ?? 0))
}

function writeWhole (fd: number, bytes: Buffer, offset: number): void {
  const written = writeSync(fd, bytes, 0, bytes.length, offset)
  if (written !== bytes.length) throw new Error(`a write ended after ${written} of ${bytes.length} bytes`)
  if (synchronous === undefined) fsyncSync(fd)
}

function fill (folder: string, segment: number): void {
  const fd = openSync(segmentFile(folder, segment), 'w', 0o600)
  try {
    for (let at = 0; at < segmentBytes(segment); at += stepBytes) writeWhole(fd, zeros, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  syncFolder(recordsFolder(folder))
}

/** As {@link fill}, step by step beside other work. */
async function prepare (folder: string, segment: number): Promise<void> {
  const file = await open(segmentFile(folder, segment), 'w', 0o600)
  try {
    for (let at = 0; at < segmentBytes(segment); at += stepBytes) {
      await file.write(zeros, 0, zeros.length, at)
      await file.datasync()
    }
    await file.sync()
  } finally {
    await file.close()
  }
  syncFolder(recordsFolder(folder))
}
