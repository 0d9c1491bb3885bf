/**
 * One frame a batch: header, leaves, the signed checkpoint that covers them, zero padding to 4 KiB.
 *
 *   "SPF1" | u32 body length | u32 crc32 of the body | u32 record count | body | zeros
 *   body = (u32 length, leaf)* | u32 length, checkpoint note
 */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const blockBytes = 4096
const magic = Buffer.from('SPF1')
export const headerBytes = 16
const lengthBytes = 4
const zeros = Buffer.alloc(blockBytes)
export const maxFrameBytes = 4 * 1024 * 1024

export interface Frame {
  readonly leaves: readonly Buffer[]
  readonly note: string
  /** Bytes of the whole frame, padding included. */
  readonly bytes: number
}

/** Makes one frame after another in the same memory. */
export class FrameBuilder {
  readonly #memory: Buffer
  #end = headerBytes
  #count = 0

  /** @param memory where frames are made; aligned as the disk wants it */
  constructor (memory: Buffer) {
    this.#memory = memory
  }

  get count (): number { return this.#count }

  /** Bytes so far. */
  get bytes (): number { return this.#end }

  /** Adds a leaf made of these pieces; answers its hash, SHA-256(0, leaf), in hex. */
  addLeaf (start: string, body: Buffer, end: string): string {
    const memory = this.#memory
    const from = this.#end + lengthBytes
    let to = from + memory.write(start, from, 'latin1')
    to += body.copy(memory, to)
    to += memory.write(end, to, 'latin1')
    memory[from - 1] = 0 // for now what is hashed with the leaf stands before it
    const hex = hash('sha256', memory.subarray(from - 1, to), 'hex')
    memory.writeUInt32BE(to - from, this.#end)
    this.#end = to
    this.#count++
    return hex
  }

  /** Closes the frame. Its bytes stay as they are until {@link clear}. */
  finish (note: string): Buffer {
    const memory = this.#memory
    const from = this.#end + lengthBytes
    const end = from + memory.write(note, from)
    memory.writeUInt32BE(end - from, this.#end)
    magic.copy(memory)
    memory.writeUInt32BE(end - headerBytes, 4)
    memory.writeUInt32BE(crc32(memory.subarray(headerBytes, end)), 8)
    memory.writeUInt32BE(this.#count, 12)
    const padded = Math.ceil(end / blockBytes) * blockBytes
    memory.fill(0, end, padded)
    return memory.subarray(0, padded)
  }

  clear (): void {
    this.#end = headerBytes
    this.#count = 0
  }
}

/** A frame of its own memory. */
export function encodeFrame (leaves: readonly Uint8Array[], note: string): Buffer {
  const bytes = leaves.reduce((sum, leaf) => sum + lengthBytes + leaf.length, headerBytes + lengthBytes + Buffer.byteLength(note))
  const builder = new FrameBuilder(Buffer.alloc(Math.ceil(bytes / blockBytes) * blockBytes))
  for (const leaf of leaves) builder.addLeaf('', Buffer.from(leaf), '')
  return builder.finish(note)
}

/** The frame at an offset. Null where nothing but zeros follows; throws where bytes stand that are no whole frame. */
export function decodeFrame (file: Buffer, offset: number): Frame | null {
  if (isZero(file, offset, Math.min(file.length, offset + blockBytes))) return null
  if (file.length - offset < headerBytes || !startsFrame(file, offset)) throw new Error('no frame begins here')
  const length = file.readUInt32BE(offset + 4)
  const end = offset + headerBytes + length
  const bytes = Math.ceil((headerBytes + length) / blockBytes) * blockBytes
  if (length > maxFrameBytes || offset + bytes > file.length) throw new Error('the frame is cut')
  const body = file.subarray(offset + headerBytes, end)
  if (crc32(body) !== file.readUInt32BE(offset + 8)) throw new Error('the frame\'s checksum does not fit')
  if (!isZero(file, end, offset + bytes)) throw new Error('the frame\'s padding is not zero')
  const parts = splitParts(body)
  const note = parts.pop()
  if (note === undefined || parts.length !== file.readUInt32BE(offset + 12)) throw new Error('the frame\'s record count does not fit')
  return { leaves: parts, note: note.toString('utf8'), bytes }
}

function splitParts (body: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let at = 0
  while (at < body.length) {
    if (body.length - at < lengthBytes) throw new Error('a part of the frame is cut')
    const length = body.readUInt32BE(at)
    if (at + lengthBytes + length > body.length) throw new Error('a part of the frame is cut')
    parts.push(body.subarray(at + lengthBytes, at + lengthBytes + length))
    at += lengthBytes + length
  }
  return parts
}

/** True where a frame's first bytes stand. */
export function startsFrame (file: Buffer, offset: number): boolean {
  return file.subarray(offset, offset + magic.length).equals(magic)
}

export function isZero (file: Buffer, start: number, end: number): boolean {
  return end - start <= zeros.length ? file.compare(zeros, 0, end - start, start, end) === 0 : isZero(file, start, start + zeros.length) && isZero(file, start + zeros.length, end)
}
