/**
 * Every bit of a log, turned over one at a time: the verifier must find it, in the frame it is in. Twice: as it is, and with the frame's
 * checksum made right again, so that hashes and signatures alone are left to find it.
 */
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { openLogKey } from '../../core/audit/keys.ts'
import { openForWriting } from '../../core/audit/recover.ts'
import { segmentFile } from '../../core/audit/verify/files.ts'
import { Chain } from '../../core/audit/verify/chain.ts'
import { headerBytes } from '../../core/audit/verify/frame.ts'
import { openCheckpoint, type Checkpoint } from '../../core/audit/verify/note.ts'
import { BrokenLog, readLog, type FramePiece } from '../../core/audit/verify/reader.ts'
import { Frontier } from '../../core/audit/verify/tree.ts'
import { auditFolder, decision, keysOf } from '../core/audit/parts.ts'

/** The long run (npm run test:fault) turns every bit of a MiB, the short one every so many of a smaller log. */
const isLong = process.env['SALLYPORT_FLIPS'] === 'all'
const logBytes = isLong ? 1024 ** 2 : 64 * 1024
const step = isLong ? 1 : 67

const folder = auditFolder(t)
const frames = makeLog()
const file = readFileSync(segmentFile(folder, 0))
const keys = keysOf(folder)
/** Notes that were verified once need not be again. */
const notes = new Map(frames.map(({ note }) => [note, openCheckpoint(note, keys)]))
const openNote = (note: string): Checkpoint => notes.get(note) ?? openCheckpoint(note, keys)

function makeLog (): FramePiece[] {
  const { ledger } = openForWriting(folder, openLogKey(folder), { boot: 'b' })
  let bytes = 0
  for (let count = 1; bytes < logBytes; count = count % 3 + 1) {
    for (let left = count; left > 0; left--) ledger.addOwn(decision({ decision: 'deny' }))
    ledger.commit()
    bytes = [...readLog(folder)].reduce((sum, piece) => piece.kind === 'frame' ? sum + piece.bytes : sum, 0)
  }
  return [...readLog(folder)].filter(piece => piece.kind === 'frame')
}

/** Where the verifier finds a fault, going on from the frames before; null where it finds none. */
function faultIn (changed: Buffer, offset: number, before: Frontier): string | null {
  try {
    const { value: piece } = readLog(folder, () => changed, { segment: 0, offset }).next()
    if (piece?.kind !== 'frame') return `cut at byte ${offset}`
    new Chain(() => {}, new Frontier(null, before)).take(piece, openNote)
    return null
  } catch (thrown) {
    if (thrown instanceof BrokenLog) return thrown.where
    throw thrown
  }
}

/** Turns bits of every frame; answers those that were not found there. */
function turnAll (repair: (frame: Buffer, original: Buffer) => boolean): { turned: number, missed: string[] } {
  const missed: string[] = []
  const changed = Buffer.from(file)
  const before = new Frontier()
  let turned = 0
  for (const [number, frame] of frames.entries()) {
    const part = changed.subarray(frame.offset, frame.offset + frame.bytes)
    const isLast = number === frames.length - 1
    for (let bit = number % step; bit < frame.bytes * 8; bit += step) {
      const at = Math.floor(bit / 8)
      part[at] = (part[at] ?? 0) ^ 1 << bit % 8
      if (repair(part, file.subarray(frame.offset, frame.offset + frame.bytes))) {
        turned++
        const where = faultIn(changed, frame.offset, before)
        const isFound = where?.endsWith(`byte ${frame.offset}`) === true && (isLast || !where.startsWith('cut'))
        if (!isFound) missed.push(`frame ${number}, byte ${at}, bit ${bit % 8}: ${where ?? 'not found'}`)
      }
      file.copy(part, 0, frame.offset, frame.offset + frame.bytes)
    }
    new Chain(() => {}, before).take(frame, openNote)
  }
  return { turned, missed }
}

t.test('every bit that is turned over is found, in its frame', { timeout: 7_200_000 }, async t => {
  const { turned, missed } = turnAll(() => true)
  t.comment(`${turned} bits of ${file.length < logBytes ? file.length : logBytes} bytes turned, ${missed.length} not found in their frame`)
  t.same(missed.slice(0, 20), [])
  t.ok(turned > 1000)
})

t.test('every bit of records and checkpoints is found by hashes and signatures alone', { timeout: 7_200_000 }, async t => {
  const { turned, missed } = turnAll((frame, original) => {
    const length = frame.readUInt32BE(4)
    if (headerBytes + length > frame.length) return false // the header's bits were turned before
    const sum = crc32(frame.subarray(headerBytes, headerBytes + length))
    if (sum === original.readUInt32BE(8)) return false // nothing that the checksum covers was turned
    frame.writeUInt32BE(sum, 8)
    return true
  })
  t.comment(`${turned} bits under right checksums turned, ${missed.length} not found in their frame`)
  t.same(missed.slice(0, 20), [])
  t.ok(turned > 1000)
})
