/**
 * One frame a batch: header, leaves, the signed checkpoint that covers them, zero padding to 4 KiB.
 *
 *   "SPF1" | u32 body length | u32 crc32 of the body | u32 record count | body | zeros
 *   body = (u32 length, leaf)* | u32 length, checkpoint note
 */
import { crc32 } from 'node:zlib'

export const blockBytes = 4096
export const magic = Buffer.from('SPF1')
export const headerBytes = 16
export const lengthBytes = 4
const zeros = Buffer.alloc(blockBytes)
export const maxFrameBytes = 4 * 1024 * 1024

export interface Frame {
  readonly leaves: readonly Buffer[]
  readonly note: string
  /** Bytes of the whole frame, padding included. */
  readonly bytes: number
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
