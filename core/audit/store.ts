/**
 * Where frames are written: segment files that were filled with zeros before, so that a synchronous write changes nothing but
 * data. The next segment is prepared beside the running one.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Disk, writeWhole } from './disk.ts'
import { makeFolder, syncFolder } from './folder.ts'
import { recordsFolder, segmentFile } from './verify/files.ts'
import { blockBytes } from './verify/frame.ts'
import type { Place } from './verify/reader.ts'

const firstSegmentBytes = 4 * 1024 ** 2
const largestSegmentBytes = 64 * 1024 ** 2
const stepBytes = 256 * 1024

/** Segments double from 4 MiB up to 64 MiB: a small log stays small. */
export function segmentBytes (segment: number): number {
  return Math.min(largestSegmentBytes, firstSegmentBytes * 2 ** Math.min(segment, 16))
}

export class Store {
  readonly #folder: string
  readonly #disk: Disk
  readonly #zeros: Buffer
  #segment: number
  #offset: number
  #fd: number
  #next: { readonly segment: number, ready: boolean } | null = null

  private constructor (folder: string, disk: Disk, place: Place) {
    this.#folder = folder
    this.#disk = disk
    this.#zeros = disk.memory(stepBytes)
    this.#segment = place.segment
    this.#offset = place.offset
    const file = segmentFile(folder, place.segment)
    if (!existsSync(file)) this.#fill(place.segment)
    this.#fd = disk.openSynchronous(file)
  }

  /**
   * Opens a log for writing where its last frame ends.
   * @param tornBytes bytes of a cut write after that place: they are replaced by zeros
   */
  static open (folder: string, disk: Disk, place: Place, tornBytes: number): Store {
    makeFolder(recordsFolder(folder))
    const store = new Store(folder, disk, place)
    store.#clear(statSync(segmentFile(folder, place.segment)).size, tornBytes)
    return store
  }

  /** Memory for frames: {@link write} takes them from there alone. */
  memory (bytes: number): Buffer {
    return this.#disk.memory(bytes)
  }

  /** The segment that is written to. */
  get segment (): number { return this.#segment }

  /** True where a frame of so many bytes still fits into this segment. */
  hasRoom (bytes: number): boolean {
    return this.#offset + bytes <= segmentBytes(this.#segment)
  }

  /** Writes a frame; when this returns it is durable. Throws for any failure: nothing may be written after that. */
  write (frame: Buffer): void {
    if (!this.hasRoom(frame.length)) throw new Error('the frame does not fit into its segment')
    writeWhole(this.#fd, frame, this.#offset)
    this.#offset += frame.length
    if (this.#next === null && this.#offset > segmentBytes(this.#segment) / 2) this.#prepareNext()
  }

  /** Writes the frame before the current place once more: one that the disk held but had not made durable then is, or this throws. */
  confirm (frame: Buffer): void {
    const memory = this.#disk.memory(frame.length)
    frame.copy(memory)
    writeWhole(this.#fd, memory, this.#offset - frame.length)
  }

  close (): void {
    closeSync(this.#fd)
    this.#disk.close()
  }

  /** Zeros from the current place on, as far as something else may stand there. */
  #clear (fileBytes: number, tornBytes: number): void {
    const whole = segmentBytes(this.#segment)
    const from = fileBytes === whole ? this.#offset + Math.ceil(tornBytes / blockBytes) * blockBytes : whole
    if (fileBytes > whole) ftruncateSync(this.#fd, whole)
    for (let at = this.#offset; at < from; at += stepBytes) writeWhole(this.#fd, this.#zeros.subarray(0, Math.min(stepBytes, from - at)), at)
  }

  /**
   * Goes on in the next segment. One whose preparation did not end in time is left empty: its zeros may still be on their way.
   */
  advance (): void {
    closeSync(this.#fd)
    const prepared = this.#next
    this.#segment = prepared?.ready === false ? prepared.segment + 1 : this.#segment + 1
    if (prepared?.ready !== true) this.#fill(this.#segment)
    this.#next = null
    this.#offset = 0
    this.#fd = this.#disk.openSynchronous(segmentFile(this.#folder, this.#segment))
  }

  #fill (segment: number): void {
    const fd = openSync(segmentFile(this.#folder, segment), this.#disk.createFlags, 0o600)
    try {
      for (let at = 0; at < segmentBytes(segment); at += stepBytes) writeWhole(fd, this.#zeros, at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    syncFolder(recordsFolder(this.#folder))
  }

  #prepareNext (): void {
    const next = { segment: this.#segment + 1, ready: false }
    this.#next = next
    this.#prepare(next.segment).then(() => { next.ready = true }, () => {}) // what failed here is tried again when it is needed
  }

  /** As {@link #fill}, step by step beside other work. */
  async #prepare (segment: number): Promise<void> {
    const file = await open(segmentFile(this.#folder, segment), this.#disk.createFlags, 0o600)
    try {
      for (let at = 0; at < segmentBytes(segment); at += stepBytes) {
        await file.write(this.#zeros, 0, stepBytes, at)
        await file.datasync()
      }
      await file.sync()
    } finally {
      await file.close()
    }
    syncFolder(recordsFolder(this.#folder))
  }
}
