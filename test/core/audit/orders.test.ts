/** What a writer does at an operator's order: a rotated key, pruned segments, a legal hold. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AuditLog } from '../../../core/audit/client.ts'
import { proveDecision } from '../../../core/audit/evidence.ts'
import { openLogKey, settleRotation } from '../../../core/audit/keys.ts'
import { newSigningKey } from '../../../core/audit/note.ts'
import { orderState, placeOrder, type Order } from '../../../core/audit/orders.ts'
import { checkEvidence, type Evidence } from '../../../core/audit/verify/evidence.ts'
import { listSeals, listSegments } from '../../../core/audit/verify/files.ts'
import { parseVerifier } from '../../../core/audit/verify/note.ts'
import { readLog } from '../../../core/audit/verify/reader.ts'
import { verifyLog } from '../../../core/audit/verify/verify.ts'
import { auditFolder, decision, eventsOf, keysOf, openAudit, outcome, patient, recordsOf, until, verified } from './parts.ts'

/** Places an order and waits for what becomes of it. */
async function ordered (folder: string, order: Order): Promise<string> {
  placeOrder(folder, order)
  await until(() => orderState(folder, order.kind).state !== 'waiting', `the order ${order.kind}`)
  const found = orderState(folder, order.kind)
  return found.state === 'refused' ? found.why : found.state
}

async function fill (audit: AuditLog, folder: string, seals: number): Promise<void> {
  const large = { kind: 'system', event: 'policy_load', text: 'x'.repeat(8_000) } as const
  while (listSeals(folder).length < seals) await Promise.all(Array.from({ length: 16 }, async () => await audit.append(large, patient)))
}

function proven (folder: string, id: string): Evidence {
  const evidence = proveDecision(folder, id)
  if (evidence === null) throw new Error('it is in the log')
  return evidence
}

t.test('a key is rotated under load, no commit fails, and either key verifies the whole log', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const keys = [keysOf(folder)[0]]
  const early = await audit.append(decision({ decision: 'deny' }), patient)
  const load = { stop: false, count: 0 }
  const lanes = Array.from({ length: 8 }, async () => {
    while (!load.stop) {
      await audit.append(outcome(await audit.append(decision(), patient)), patient)
      load.count++
    }
  })
  for (let round = 0; round < 3; round++) {
    t.equal(await ordered(folder, { kind: 'rotate' }), 'done')
    keys.push(keysOf(folder)[0])
  }
  load.stop = true
  await Promise.all(lanes)
  await audit.close()
  t.ok(load.count > 0)
  t.equal(eventsOf(folder).filter(event => event === 'rotate_key').length, 3)
  t.equal(new Set(keys.map(key => key?.id.toString('hex'))).size, 4, 'four keys')
  t.equal(new Set(keys.map(key => key?.origin)).size, 1, 'one name')
  for (const key of keys) t.match(verifyLog(folder, key === undefined ? [] : [key]), { result: 'INTACT-FILE', open: [], violations: [], broken: null })
  t.equal(checkEvidence(proven(folder, early.decisionId), keysOf(folder)).record.index, early.index)
  const again = await openAudit(t, folder)
  await again.append(decision({ decision: 'deny' }), patient)
  t.match(verified(folder), { result: 'INTACT-FILE' })
})

t.test('a key that was revoked at a size signs nothing beyond it', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  for (let count = 0; count < 4; count++) await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  const revoked = (size: number): string => verifyLog(folder, [parseVerifier(`${readFileSync(join(folder, 'verifier.key'), 'utf8').trim()} until=${size}`)]).result
  const { size } = verified(folder)
  t.equal(revoked(size), 'INTACT-FILE')
  t.equal(revoked(size - 1), 'BROKEN')
})

t.test('a rotation that a crash cut short is finished where it is on record, and forgotten where it is not', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  await audit.close()
  const [before] = keysOf(folder)
  const next = join(folder, 'keys/next.key')
  writeFileSync(next, newSigningKey())
  const again = await openAudit(t, folder)
  t.notOk(existsSync(next), 'never on record')
  t.same(keysOf(folder)[0]?.id, before?.id)
  const old = readFileSync(join(folder, 'keys/log.key'))
  t.equal(await ordered(folder, { kind: 'rotate' }), 'done')
  await again.close()
  const rotation = [...readLog(folder)].flatMap(piece => piece.kind === 'frame' && piece.leaves.some(leaf => leaf.includes('rotate_key')) ? [piece.note] : [])
  const fresh = readFileSync(join(folder, 'keys/log.key'))
  writeFileSync(next, fresh, { mode: 0o600 })
  writeFileSync(join(folder, 'keys/log.key'), old) // as if it had crashed after the write
  const settled = settleRotation(folder, openLogKey(folder), rotation[0] ?? null)
  t.notOk(existsSync(next))
  t.same(settled.id, keysOf(folder)[0]?.id)
  t.equal(statSync(join(folder, 'keys/log.key')).mode & 0o777, 0o600)
})

t.test('old segments are pruned with their hashes kept: every remaining proof verifies, and so do earlier ones', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const early = await audit.append(decision({ decision: 'deny' }), patient)
  const evidence = proven(folder, early.decisionId)
  await fill(audit, folder, 1)
  const late = await audit.append(decision({ decision: 'deny' }), patient)
  await fill(audit, folder, 2)
  const now = (Date.now() + 1000) * 1000

  t.equal(await ordered(folder, { kind: 'hold', held: true, reason: 'a case' }), 'done')
  t.match(await ordered(folder, { kind: 'prune', before_us: now, reason: 'retention' }), /legal hold/)
  t.equal(await ordered(folder, { kind: 'hold', held: false, reason: 'closed' }), 'done')
  t.match(await ordered(folder, { kind: 'prune', before_us: 1, reason: 'retention' }), /no sealed segment is that old/)
  const open = await audit.append(decision(), patient)
  const [first = 0] = listSeals(folder)
  const seal: { time_us: number, size: number } = JSON.parse(readFileSync(join(folder, `seals/${String(first).padStart(8, '0')}.json`), 'utf8'))
  t.equal(await ordered(folder, { kind: 'prune', before_us: seal.time_us + 1, reason: 'retention' }), 'done')

  t.notOk(listSegments(folder).includes(first))
  t.match(recordsOf(folder).map(({ body }) => body).find(body => body.kind === 'system' && body.event === 'prune'), { before_index: seal.size, segments: [first], reason: 'retention' })
  t.match(verified(folder), { result: 'INTACT-FILE', pruned: seal.size, open: [open.decisionId], violations: [] })
  t.equal(proveDecision(folder, early.decisionId), null)
  t.equal(checkEvidence(proven(folder, late.decisionId), keysOf(folder)).record.index, late.index)
  t.match(verifyLog(folder, keysOf(folder), { receipts: [checkEvidence(evidence, keysOf(folder))] }), { result: 'ANCHORED' }, 'what was proven before it was pruned')
  await audit.append(outcome(open), patient)
  await audit.close()
  const again = await openAudit(t, folder)
  const receipt = await again.append(decision({ decision: 'deny' }), patient)
  t.equal(checkEvidence(proven(folder, receipt.decisionId), keysOf(folder)).record.index, receipt.index)
  t.match(verified(folder), { result: 'INTACT-FILE', open: [], violations: [] })
})

t.test('a segment with a decision that is open is not pruned', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const open = await audit.append(decision(), patient)
  await fill(audit, folder, 1)
  t.match(await ordered(folder, { kind: 'prune', before_us: (Date.now() + 1000) * 1000, reason: 'retention' }), new RegExp(`record ${open.index} has no outcome`))
  t.match(verified(folder), { result: 'INTACT-FILE', pruned: 0 })
})

t.test('a legal hold outlives the writer and its seals', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  t.equal(await ordered(folder, { kind: 'hold', held: true, reason: 'a case' }), 'done')
  await fill(audit, folder, 2)
  await audit.close()
  const again = await openAudit(t, folder)
  t.match(await ordered(folder, { kind: 'prune', before_us: (Date.now() + 1000) * 1000, reason: 'retention' }), /legal hold/)
  await again.close()
})

t.test('an order that waits is carried out by the next writer; a second of its kind is not taken', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  await audit.close()
  placeOrder(folder, { kind: 'rotate' })
  t.throws(() => { placeOrder(folder, { kind: 'rotate' }) }, /another order waits/)
  await openAudit(t, folder)
  t.equal(orderState(folder, 'rotate').state, 'done')
  t.equal(eventsOf(folder).filter(event => event === 'rotate_key').length, 1)
})
