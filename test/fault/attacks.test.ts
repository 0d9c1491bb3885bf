/**
 * What someone who is up to no good may do to a log, from a stranger with its files to its operator with its key; and what exactly the
 * verifier, or whoever goes on with the log, answers. Where a file alone cannot tell, that is the result, and what tells it stands beside it.
 */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { canonicalize } from '../../core/audit/canonical.ts'
import { proveDecision } from '../../core/audit/evidence.ts'
import { encodeFrame } from '../../core/audit/frame.ts'
import { readHead } from '../../core/audit/floor.ts'
import { openLogKey } from '../../core/audit/keys.ts'
import { leafOf } from '../../core/audit/leaf.ts'
import { newSigningKey, openSigningKey, signCheckpoint, verifierText, type SigningKey } from '../../core/audit/note.ts'
import type { RecordBody } from '../../core/audit/record.ts'
import { openForWriting } from '../../core/audit/recover.ts'
import { checkEvidence, type Proven } from '../../core/audit/verify/evidence.ts'
import { segmentFile } from '../../core/audit/verify/files.ts'
import { parseLeaf } from '../../core/audit/verify/leaf.ts'
import { parseVerifier } from '../../core/audit/verify/note.ts'
import { readLog, type FramePiece } from '../../core/audit/verify/reader.ts'
import { Frontier, leafHash } from '../../core/audit/verify/tree.ts'
import { verifyLog, type Held, type Verification } from '../../core/audit/verify/verify.ts'
import { openCosigner } from '../../core/audit/witness/cosigner.ts'
import { Follower, segmentsSource } from '../../core/audit/witness/follow.ts'
import { Witness } from '../../core/audit/witness/witness.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { auditFolder, decision, keysOf, openAudit, outcome, patient } from '../core/audit/parts.ts'

const folder = auditFolder(t)
const audit = await openAudit(t, folder)
const permit = await audit.append(decision(), patient)
await audit.append(outcome(permit), patient)
for (let count = 0; count < 6; count++) await audit.append(decision({ decision: 'deny' }), patient)
const last = await audit.append(decision({ decision: 'deny' }), patient)
await audit.close()

const keys = keysOf(folder)
const frames = [...readLog(folder)].filter(piece => piece.kind === 'frame')
const file = readFileSync(segmentFile(folder, 0))
const end = frames.reduce((sum, { bytes }) => sum + bytes, 0)
const receipts: Proven[] = [checkEvidence(proveDecision(folder, last.decisionId) ?? { record: '', proof: '' }, keys)]

const cosigner = openCosigner('w', join(temporaryFolder(t), 'key'))
const witnessFolder = temporaryFolder(t)
const witness = (): Witness => new Witness(cosigner, witnessFolder, keys)
const origin = keys[0]?.origin ?? ''
await new Follower(witness(), segmentsSource(folder, keys), origin).look()
const cosigned: Held = { cosigned: [readFileSync(witness().headFile(origin), 'utf8')], witnesses: [parseVerifier(cosigner.verifier)] }

/** A copy of the log, changed. */
function attacked (change: (copy: string) => void): string {
  const copy = join(temporaryFolder(t), 'audit')
  cpSync(folder, copy, { recursive: true })
  change(copy)
  return copy
}

function withFrames (pieces: readonly Uint8Array[]): string {
  return attacked(copy => { writeFileSync(segmentFile(copy, 0), Buffer.concat([...pieces, Buffer.alloc(8192)])) })
}

function bytesOf ({ offset, bytes }: FramePiece): Buffer {
  return file.subarray(offset, offset + bytes)
}

/** The log written anew with its own key, each body passed through `change`; null leaves a record out. Outcomes go on naming their decisions. */
function rewritten (change: (body: RecordBody, index: number) => RecordBody | null, { key = openLogKey(folder), timeUs = (original: number): number => original }: { key?: SigningKey, timeUs?: (original: number) => number } = {}): string {
  const frontier = new Frontier()
  const places = new Map<string, { decision_index: number, decision_hash: string }>()
  const made = frames.flatMap(frame => {
    const leaves = frame.leaves.map(parseLeaf).flatMap(({ body, index, time_us: original }) => {
      const next = change(body, index)
      if (next === null) return []
      const linked = next.kind === 'outcome' ? { ...next, ...places.get(next.decision_id) } : next
      const leaf = leafOf(Buffer.from(canonicalize(linked)), frontier.size, key.origin, timeUs(original))
      if (next.kind === 'decision') places.set(next.id, { decision_index: frontier.size, decision_hash: leafHash(leaf).toString('hex') })
      frontier.append(leafHash(leaf))
      return [leaf]
    })
    return leaves.length === 0 ? [] : [encodeFrame(leaves, signCheckpoint(key, frontier.size, frontier.root()))]
  })
  return withFrames(made)
}

const same = (body: RecordBody): RecordBody => body

interface Result { readonly result: Verification['result'], readonly what?: RegExp, readonly violations?: readonly RegExp[] }

function expect (name: string, copy: string, { result, what, violations = [] }: Result, held: Held = {}): void {
  t.test(name, async t => {
    const found = verifyLog(copy, keys, held)
    t.equal(found.result, result)
    if (what !== undefined) t.match(found.broken?.what, what)
    t.match(found.violations.map(violation => violation.what), violations)
    t.equal(found.violations.length, violations.length)
  })
}

const [first, second, third, ...rest] = frames.map(bytesOf) as [Buffer, Buffer, Buffer, ...Buffer[]]

expect('nothing was done', folder, { result: 'INTACT-FILE' })
expect('1 a record is edited', attacked(copy => { writeFileSync(segmentFile(copy, 0), file.toString('latin1').replace('"u-17"', '"u-18"'), 'latin1') }), { result: 'BROKEN', what: /checksum/ })
expect('2 a record is deleted', withFrames([first, third, ...rest]), { result: 'BROKEN', what: /missing or moved/ })
expect('3 a record is inserted', withFrames([first, second, second, third, ...rest]), { result: 'BROKEN', what: /missing or moved/ })
expect('4 records are reordered', withFrames([first, third, second, ...rest]), { result: 'BROKEN', what: /missing or moved/ })

const truncated = attacked(copy => { truncateSync(segmentFile(copy, 0), frames.at(-2)?.offset) })
expect('5 the tail is cut at the border of a frame: no file tells', truncated, { result: 'INTACT-FILE' })
expect('5 ... a receipt tells', truncated, { result: 'BROKEN', what: /proven earlier is not in this log/ }, { receipts })
expect('5 ... a witness tells', truncated, { result: 'BROKEN', what: /others hold/ }, cosigned)

const rewrite = rewritten((body, index) => index === 1 && body.kind === 'decision' ? { ...body, reasons: ['another'] } : body.kind === 'outcome' ? null : body)
expect('6 an insider with the key writes the whole log anew: no file tells', rewritten((body) => body.kind === 'decision' ? { ...body, decision: 'deny' } : body.kind === 'outcome' ? null : body), { result: 'INTACT-FILE' })
expect('6 ... a receipt tells', rewrite, { result: 'BROKEN' }, { receipts })
expect('6 ... a witness tells', rewrite, { result: 'BROKEN' }, cosigned)

t.test('7 two histories are shown to two sides: the witness of one does not cosign the other', async t => {
  const other = rewritten(body => body.kind === 'decision' ? { ...body, reasons: ['another'] } : body)
  t.equal(await new Follower(witness(), segmentsSource(other, keys), origin).look(), 'forked')
})

t.test('8 a snapshot is rolled back: the head noted elsewhere, the gateway\'s last receipt and the witness each keep the log from going on', async t => {
  const key = openLogKey(truncated)
  const head = readHead(join(folder, 'head'), key.origin)
  t.throws(() => openForWriting(truncated, key, { boot: 'b', floors: head === null ? [] : [head] }), /holds \d+ records, and \d+ were acknowledged/)
  t.equal(await new Follower(witness(), segmentsSource(truncated, keys), origin).look(), 'rolled back')
})

const hourUs = 3_600_000_000
const dated = rewritten(same, { timeUs: us => us - hourUs })
expect('9 records are dated back: no file tells', dated, { result: 'INTACT-FILE' })
expect('9 ... a witness tells', dated, { result: 'BROKEN' }, cosigned)
expect('9 ... times that go back within a log tell', rewritten(same, { timeUs: us => 2 * hourUs - us % hourUs }), { result: 'BROKEN', what: /time goes back/ })

/** A log whose clock is off, and of which a witness cosigned the records up to a frame. */
async function misdated (us: number, cosignedFrames: number): Promise<Verification> {
  const copy = rewritten(same, { timeUs: original => original + us })
  const part = attacked(target => {
    writeFileSync(segmentFile(target, 0), readFileSync(segmentFile(copy, 0)).subarray(0, frames[cosignedFrames]?.offset))
  })
  const other = new Witness(cosigner, temporaryFolder(t), keys)
  await new Follower(other, segmentsSource(part, keys), origin).look()
  return verifyLog(copy, keys, { cosigned: [readFileSync(other.headFile(origin), 'utf8')], witnesses: [parseVerifier(cosigner.verifier)] })
}

t.test('10 records are dated ahead, or back behind a head that was cosigned: the witness tells when they were there', async t => {
  t.match(await misdated(0, 4), { result: 'WITNESSED', violations: [] })
  const ahead = await misdated(hourUs, 4)
  t.equal(ahead.result, 'WITNESSED')
  t.match(ahead.violations, [1, 2, 3, 4].map(() => ({ what: /dated after witnesses had cosigned it/ })))
  const back = await misdated(-hourUs, 4)
  t.match(back.violations[0], { what: /dated before witnesses had cosigned those before it/, index: 4 })
})

const thief = openSigningKey(origin, newSigningKey())
expect('11 another key signs', rewritten(same, { key: thief }), { result: 'BROKEN', what: /no known key signed/ })
t.test('11 ... a key that was stolen and revoked signs nothing beyond its end', async t => {
  const revoked = parseVerifier(`${verifierText(openLogKey(folder))} until=3`)
  t.match(verifyLog(folder, [revoked]), { result: 'BROKEN', size: 3 })
})

const foreign = openSigningKey('sallyport.log/0000000000000000', newSigningKey())
expect('12 a record of another log is replayed', attacked(copy => {
  const frontier = new Frontier()
  const [leaf = Buffer.alloc(0)] = frames[0]?.leaves ?? []
  const alien = Buffer.from(leaf.toString().replace(origin, foreign.origin))
  frontier.append(leafHash(alien))
  writeFileSync(segmentFile(copy, 0), encodeFrame([alien], signCheckpoint(openLogKey(folder), 1, frontier.root())))
}), { result: 'BROKEN', what: /another log/ })

expect('13 something is sent without a decision on record', rewritten(body => body.kind === 'decision' && body.decision === 'permit' ? null : body), { result: 'INTACT-FILE', violations: [/which no record before it decided/] })
expect('14 a permit is exceeded', rewritten(body => body.kind === 'decision' && body.decision === 'permit' ? { ...body, endpoints: ['elsewhere'] } : body), { result: 'INTACT-FILE', violations: [/was dialled, which was not permitted/] })
expect('15 a segment is erased', attacked(copy => {
  cpSync(segmentFile(copy, 0), segmentFile(copy, 1))
  rmSync(segmentFile(copy, 0))
  writeFileSync(segmentFile(copy, 1), Buffer.concat([...frames.slice(2).map(bytesOf), Buffer.alloc(4096)]))
}), { result: 'BROKEN' })

t.ok(end > 0 && receipts.length === 1)
