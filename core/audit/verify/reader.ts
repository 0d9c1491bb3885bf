/**
 * Reads the frames of a log from its segment files, in order. Works on the files of a running writer and on a copy of them made
 * at any instant: what a write under way left behind is a cut tail, not damage.
 */
import { readFileSync } from 'node:fs'
import { listSegments, segmentFile } from './files.ts'
import { blockBytes, decodeFrame, headerBytes, isZero, maxFrameBytes, startsFrame, type Frame } from './frame.ts'

export interface Place { readonly segment: number, readonly offset: number }

export interface FramePiece extends Frame, Place { readonly kind: 'frame' }

/** Where the next frame would stand, and how many bytes of a cut write stand there now. */
export interface TailPiece extends Place { readonly kind: 'tail', readonly tornBytes: number }

/** The log does not hold together. */
export class BrokenLog extends Error {
  readonly what: string
  readonly where: string

  constructor (what: string, where: string) {
    super(`${what} (${where})`)
    this.name = 'BrokenLog'
    this.what = what
    this.where = where
  }
}

export function describePlace ({ segment, offset }: Place): string {
  return `records/${String(segment).padStart(8, '0')}.seg, byte ${offset}`
}

/**
 * All frames, then the tail. Throws {@link BrokenLog} where something other than frames, zeros and a cut tail stands.
 * @param read gives the bytes of a file
 * @param from where the first frame to read begins
 */
export function * readLog (folder: string, read: (file: string) => Buffer = readFileSync, from: Place = { segment: 0, offset: 0 }): Generator<FramePiece | TailPiece, void> {
  const segments = listSegments(folder).filter(segment => segment >= from.segment)
  let end: Place = segments[0] === from.segment ? from : { segment: segments[0] ?? from.segment, offset: 0 }
  for (const [position, segment] of segments.entries()) {
    const file = read(segmentFile(folder, segment))
    let offset = segment === from.segment ? from.offset : 0
    for (let frame = frameAt(file, offset); frame !== null; frame = frameAt(file, offset)) {
      if (typeof frame === 'string') {
        requireTorn(file, { segment, offset }, frame, segments.slice(position + 1).map(later => read(segmentFile(folder, later))))
        yield { kind: 'tail', segment, offset, tornBytes: lastByte(file) - offset }
        return
      }
      yield { kind: 'frame', segment, offset, ...frame }
      offset += frame.bytes
      end = { segment, offset }
    }
  }
  yield { kind: 'tail', ...end, tornBytes: 0 }
}

/** The frame at an offset; null where only zeros follow to the file's end; otherwise what is wrong. */
function frameAt (file: Buffer, offset: number): Frame | string | null {
  try {
    const frame = decodeFrame(file, offset)
    if (frame !== null) return frame
    return lastByte(file) <= offset ? null : 'bytes stand where nothing was written'
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

/** One past the last byte that is not zero. */
function lastByte (file: Buffer): number {
  let end = file.length
  while (end > 0 && isZero(file, Math.max(0, end - blockBytes), end)) end = Math.max(0, end - blockBytes)
  while (end > 0 && file[end - 1] === 0) end--
  return end
}

/** A cut tail is the last thing in the log, and lacks bytes; whatever else is damaged was damaged by someone. */
function requireTorn (file: Buffer, place: Place, what: string, later: readonly Buffer[]): void {
  const isLast = later.every(next => lastByte(next) === 0) && !framesFollow(file, place.offset)
  if (!isLast || !lacksBytes(file, place.offset)) throw new BrokenLog(what, describePlace(place))
}

function framesFollow (file: Buffer, offset: number): boolean {
  for (let at = offset + blockBytes; at < file.length; at += blockBytes) {
    if (startsFrame(file, at) && frameAt(file, at) instanceof Object) return true
  }
  return false
}

/** No disk writes less than this at once; most write more. */
const sectorBytes = 512

/**
 * True where a write under way explains the bytes: it leaves out whole sectors, in any order, or ends with the file, and so there are
 * zeros at a sector's border where text must stand.
 */
function lacksBytes (file: Buffer, offset: number): boolean {
  if (file.length - offset < headerBytes) return true
  if (!startsFrame(file, offset)) return file.subarray(offset, offset + 4).includes(0)
  const length = file.readUInt32BE(offset + 4)
  const end = offset + headerBytes + length
  if (length === 0 || end > file.length) return length <= maxFrameBytes
  for (let at = offset + sectorBytes; at < end; at += sectorBytes) if (file[at - 1] === 0 || file[at] === 0) return true
  return file[end - 1] === 0
}
