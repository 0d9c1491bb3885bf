/**
 * The files of a log: segments of frames, each named by the index of its first leaf. What follows the last frame of a
 * segment is zeros, written ahead so that an append changes no file size.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blockBytes, decodeFrame, frameExtent, isZero, type Frame } from './frame.ts'

export interface Segment { readonly path: string, readonly first: number }

export function segmentName (first: number): string {
  return `log-${String(first).padStart(16, '0')}.frames`
}

/** The segments of a folder, oldest first. */
export function listSegments (folder: string): Segment[] {
  return readdirSync(folder).sort().flatMap(name => {
    const first = /^log-(\d{16})\.frames$/.exec(name)?.[1]
    return first === undefined ? [] : [{ path: join(folder, name), first: Number(first) }]
  })
}

/** Where reading a segment ended. */
export type End =
  /** Nothing but zeros follows, or the file ends. */
  | { readonly kind: 'whole' }
  /** A frame begins that was never completed: pages of it are missing, and nothing follows. */
  | { readonly kind: 'torn', readonly bytes: number }
  /** Bytes stand that are no frame, or frames follow them. */
  | { readonly kind: 'broken', readonly what: string }

export interface SegmentReading {
  readonly frames: ReadonlyArray<Frame & { readonly offset: number }>
  /** The offset after the last whole frame. */
  readonly end: number
  readonly tail: End
}

export function readSegment (path: string): SegmentReading {
  const file = readFileSync(path)
  const frames: Array<Frame & { offset: number }> = []
  let offset = 0
  for (;;) {
    try {
      const frame = offset >= file.length ? null : decodeFrame(file, offset)
      if (frame === null) return { frames, end: offset, tail: isZero(file, offset, file.length) ? { kind: 'whole' } : { kind: 'broken', what: 'bytes follow the end of the log' } }
      frames.push({ ...frame, offset })
      offset += frame.bytes
    } catch (thrown) {
      return { frames, end: offset, tail: tailOf(file, offset, thrown instanceof Error ? thrown.message : 'no frame') }
    }
  }
}

/**
 * A frame whose write was cut lacks whole pages at its end: they are still zero, or beyond the file. Anything else is a
 * change, and no accident of writing.
 */
function tailOf (file: Buffer, offset: number, what: string): End {
  const extent = frameExtent(file, offset)
  const end = Math.min(file.length, offset + (extent ?? file.length))
  const nothingFollows = isZero(file, end, file.length)
  const lacksPages = extent === null ? isZero(file, offset + blockBytes, end) && file.length - offset < blockBytes : offset + extent > file.length || isZero(file, offset + extent - blockBytes, offset + extent)
  return nothingFollows && lacksPages ? { kind: 'torn', bytes: end - offset } : { kind: 'broken', what }
}
