/** Attacks on the files of a log, each with what verification must say. */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { encodeFrame } from '../../../core/audit/frame.ts'
import { leafOf } from '../../../core/audit/leaf.ts'
import { canonicalize } from '../../../core/audit/canonical.ts'
import { newSigningKey, openSigningKey, signCheckpoint, verifierText } from '../../../core/audit/note.ts'
import { parseVerifier } from '../../../core/audit/verify/note.ts'
import { readLog, type FramePiece } from '../../../core/audit/verify/reader.ts'
import type { RecordBody } from '../../../core/audit/record.ts'
import { Frontier, leafHash } from '../../../core/audit/verify/tree.ts'
import { verifyLog, type Verification } from '../../../core/audit/verify/verify.ts'
import { makeFolder } from '../../../core/audit/folder.ts'
import { recordsFolder, segmentFile } from '../../../core/audit/verify/files.ts'
import { mintReceipt } from '../../../core/audit/receipt.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'
import { auditFolder, decision, holds, keysOf, openAudit, outcome, patient, verified } from './parts.ts'

/** A log with a few dozen records in several frames, closed; and a place to spoil copies of it. */
async function closedLog (t: Teardown): Promise<{ folder: string, copy: () => string, frames: FramePiece[] }> {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  for (let round = 0; round < 5; round++) {
    const receipts = await Promise.all(Array.from({ length: 4 }, () => audit.append(decision(), patient)))
    await Promise.all(receipts.map(receipt => audit.append(outcome(receipt), patient)))
  }
  await audit.close()
  const copies = temporaryFolder(t)
  let count = 0
  const copy = (): string => {
    const target = join(copies, String(count++))
    cpSync(folder, target, { recursive: true })
    return target
  }
  return { folder, copy, frames: [...readLog(folder)].filter(piece => piece.kind === 'frame') }
}

t.test('any byte of a frame that is changed breaks the log', { timeout: 120_000 }, async t => {
  const { copy, frames } = await closedLog(t)
  const folder = copy()
  const file = segmentFile(folder, 0)
  const original = readFileSync(file)
  const last = frames.at(-1)
  const end = (last?.offset ?? 0) + (last?.bytes ?? 0)
  const keys = keysOf(folder)
  const size = verified(folder).size
  const spoil = (at: number, value: number): Verification => {
    const changed = Buffer.from(original)
    changed[at] = value
    writeFileSync(file, changed)
    return verifyLog(folder, keys)
  }
  t.equal(size, 42)
  holds(t, fc.property(fc.nat(end - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const value = (original[at] ?? 0) ^ change
    const { result, size: left } = spoil(at, value)
    // In the last frame a zero, or a length that was changed, may be what a cut write looks like: then that frame counts as cut off.
    const looksCut = at >= (last?.offset ?? 0) && (value === 0 || at - (last?.offset ?? 0) < 8)
    return result === 'BROKEN' || (looksCut && left < size)
  }), { numRuns: 150 })
  holds(t, fc.property(fc.integer({ min: end, max: original.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, value) => {
    const { result, size: left } = spoil(at, value)
    return result === 'BROKEN' || left === size
  }), { numRuns: 50 })
})

t.test('a frame that is taken out, doubled or moved breaks the log', async t => {
  const { copy, frames } = await closedLog(t)
  const folder = copy()
  const original = readFileSync(segmentFile(folder, 0))
  const cut = (frame: FramePiece | undefined): Buffer => original.subarray(frame?.offset, (frame?.offset ?? 0) + (frame?.bytes ?? 0))
  const pieces = frames.map(cut)
  const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0), ...rest] = pieces
  for (const [name, spoiled] of Object.entries({ missing: [first, third, ...rest], doubled: [first, second, second, third, ...rest], moved: [first, third, second, ...rest], beheaded: [second, third, ...rest] })) {
    writeFileSync(segmentFile(folder, 0), Buffer.concat(spoiled))
    t.match(verified(folder), { result: 'BROKEN' }, name)
  }
})

t.test('a hole between segments, and a segment that is gone, break the log', async t => {
  const { copy } = await closedLog(t)
  const folder = copy()
  cpSync(segmentFile(folder, 0), segmentFile(folder, 1))
  t.match(verified(folder), { result: 'BROKEN' })
  rmSync(segmentFile(folder, 0))
  t.match(verified(folder), { result: 'INTACT-FILE', size: 42 })
})

t.test('a tail cut at the border of a frame is intact as far as it goes', async t => {
  const { copy, frames } = await closedLog(t)
  const folder = copy()
  truncateSync(segmentFile(folder, 0), frames.at(-3)?.offset)
  const { result, size } = verified(folder)
  t.equal(result, 'INTACT-FILE')
  t.ok(size < 42)
})

t.test('a log that another key signed is broken', async t => {
  const { folder } = await closedLog(t)
  const other = parseVerifier(verifierText(openSigningKey(keysOf(folder)[0]?.origin ?? '', newSigningKey())))
  t.match(verifyLog(folder, [other]), { result: 'BROKEN', size: 0, broken: { what: /no known key/, where: /00000000\.seg, byte 0/ } })
  t.match(verifyLog(folder, [other, ...keysOf(folder)]), { result: 'INTACT-FILE', size: 42 })
})

/** What a dishonest writer that holds the key could leave: frames of its own making. */
function forge (t: Teardown, batches: ReadonlyArray<ReadonlyArray<{ body: RecordBody, index?: number, timeUs?: number, leaf?: (leaf: Buffer) => Buffer }>>, root?: Buffer): Verification {
  const folder = auditFolder(t)
  const key = openSigningKey('example.com/log', newSigningKey())
  const frontier = new Frontier()
  makeFolder(recordsFolder(folder))
  const frames = batches.map(batch => {
    const leaves = batch.map(({ body, index, timeUs, leaf = same => same }) => {
      const made = leaf(leafOf(Buffer.from(canonicalize(body)), index ?? frontier.size, key.origin, timeUs ?? 1))
      frontier.append(leafHash(made))
      return made
    })
    return encodeFrame(leaves, signCheckpoint(key, frontier.size, root ?? frontier.root()))
  })
  writeFileSync(segmentFile(folder, 0), Buffer.concat(frames))
  return verifyLog(folder, [parseVerifier(verifierText(key))])
}

const start: RecordBody = { kind: 'system', event: 'start', boot: 'b' }

t.test('what a dishonest writer signs is broken all the same', async t => {
  t.match(forge(t, [[{ body: start }]]), { result: 'INTACT-FILE', size: 1 }, 'the forgery itself is sound')
  t.match(forge(t, [[{ body: start, index: 1 }]]), { broken: { what: /missing or moved/ } })
  t.match(forge(t, [[{ body: start, timeUs: 2 }, { body: start, timeUs: 1 }]]), { broken: { what: /time goes back/ } })
  t.match(forge(t, [[{ body: start }]], Buffer.alloc(32)), { broken: { what: /does not cover/ } })
  t.match(forge(t, [[{ body: start, leaf: leaf => Buffer.concat([leaf, Buffer.from(' ')]) }]]), { broken: { what: /goes on after its value/ } })
  t.match(forge(t, [[{ body: start, leaf: leaf => Buffer.from(leaf.toString().replace('example.com/log', 'example.com/fog')) }]]), { broken: { what: /another log/ } })
  t.match(forge(t, [[{ body: start, leaf: () => Buffer.from('[]') }]]), { broken: { what: /no record/ } })
  t.match(forge(t, [[{ body: start, leaf: () => Buffer.from([0xff]) }]]), { result: 'BROKEN' })
})

t.test('what a gateway did beyond its permits is a violation, each told with its record', async t => {
  const permit = decision()
  const leaf = leafOf(Buffer.from(canonicalize(permit)), 0, 'example.com/log', 1)
  const receipt = mintReceipt({ decisionId: permit.id, index: 0, leafHash: leafHash(leaf).toString('hex'), size: 1, checkpoint: '' })
  const end = outcome(receipt)
  const attempt = end.attempts[0]
  const violations = (...bodies: RecordBody[]): readonly string[] => forge(t, [[{ body: permit }, ...bodies.map(body => ({ body }))]]).violations.map(({ what, index }) => `${index}: ${what.replace(permit.id, 'ID')}`)
  t.same(violations(end), [])
  t.same(violations(end, end), ['2: decision ID has a second outcome, or was a denial'])
  t.same(violations({ ...end, decision_hash: 'aa' }), ['1: decision ID: the outcome names another decision record'])
  t.match(violations(end, permit), [/^2: decision ID is recorded twice/])
  t.match(violations({ ...end, decision_id: 'nobody' }), [/^1: an outcome of nobody/])
  if (attempt === undefined) throw new Error('there is an attempt')
  t.same(violations({ ...end, attempts: [{ ...attempt, endpoint: 'elsewhere' }] }), ['1: decision ID: endpoint elsewhere was dialled, which was not permitted'])
  t.same(violations({ ...end, attempts: [{ ...attempt, mac: 'hmac-sha256:01234567:ff' }] }), ['1: decision ID: endpoint azure-eu was sent another body than the one decided on'])
})
