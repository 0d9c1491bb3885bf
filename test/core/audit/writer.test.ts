/** The writer as a process: what it acknowledges, what it refuses, and what it leaves on disk. */
import { statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isReceipt } from '../../../core/audit/receipt.ts'
import { startAuditLog } from '../../../core/audit/client.ts'
import { leafHash } from '../../../core/audit/verify/tree.ts'
import { records } from '../../../core/audit/show.ts'
import { auditFolder, decision, endsOf, eventsOf, openAudit, outcome, patient, quiet, recordsOf, until, verified, writersOf } from './parts.ts'

t.test('a receipt names the record as it stands on disk when it is handed out', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const body = decision()
  const receipt = await audit.append(body, patient)
  t.ok(isReceipt(receipt))
  const shown = [...records(folder)][receipt.index]
  t.match(shown?.record, { v: 1, log: audit.origin, index: receipt.index, body })
  t.equal(leafHash(Buffer.from(shown?.text ?? '')).toString('hex'), receipt.leafHash)
  t.match(verified(folder), { result: 'INTACT-FILE', size: receipt.size, open: [body.id], broken: null })
})

t.test('start comes first, stop last, and what stays open is ended in between', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const kept = await audit.append(decision(), patient)
  const left = await audit.append(decision(), patient)
  await audit.append(decision({ decision: 'deny', endpoints: [], dispatched: null }), patient)
  await audit.append({ kind: 'system', event: 'policy_load', digest: 'sha256:aa' }, patient)
  await audit.append(outcome(kept), patient)
  await audit.close()
  t.same(eventsOf(folder), ['start', 'policy_load', 'stop'])
  t.same([...endsOf(folder)], [[kept.decisionId, 'ok'], [left.decisionId, 'crash_unknown']])
  t.match(verified(folder), { result: 'INTACT-FILE', open: [], violations: [] })
})

t.test('a second outcome, and one of an unknown or another decision, is refused', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [first, second] = await Promise.all([audit.append(decision(), patient), audit.append(decision(), patient)])
  const code = 'GW_AUDIT_UNAVAILABLE'
  await t.rejects(audit.append(outcome(first, { decision_id: 'nobody' }), patient), { code })
  await t.rejects(audit.append(outcome(first, { decision_index: second.index }), patient), { code })
  await t.rejects(audit.append(outcome(first, { decision_hash: second.leafHash }), patient), { code })
  const twins = await Promise.allSettled([audit.append(outcome(first), patient), audit.append(outcome(first, { end: 'timeout' }), patient)])
  t.same(twins.map(({ status }) => status), ['fulfilled', 'rejected'])
  await t.rejects(audit.append(outcome(first), patient), { code })
  const denial = await audit.append(decision({ decision: 'deny' }), patient)
  await t.rejects(audit.append(outcome(denial), patient), { code })
  await audit.append(outcome(second), patient)
  t.match(verified(folder), { open: [], violations: [] })
})

t.test('a record beyond 32 KiB is refused, one within is not, and the log goes on', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const padded = (bytes: number): ReturnType<typeof decision> => decision({ input: { text: 'x'.repeat(bytes) } })
  await t.rejects(audit.append(padded(40_000), patient), { code: 'GW_AUDIT_OVERSIZE', status: 403 })
  const overhead = JSON.stringify(padded(0)).length
  await t.rejects(audit.append(padded(32 * 1024 - overhead), patient), { code: 'GW_AUDIT_OVERSIZE' }, 'the envelope counts')
  await audit.append(padded(32 * 1024 - overhead - 200), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', size: 2 })
})

t.test('what has no canonical form is not recorded', async t => {
  const audit = await openAudit(t, auditFolder(t))
  await t.rejects(audit.append(decision({ input: { price: 0.5 } }), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
})

t.test('below the free space that is asked for the alarm is raised, and decisions are still recorded', async t => {
  const folder = auditFolder(t)
  const { bavail, bsize } = statfsSync('.')
  const audit = await openAudit(t, folder, { freeSpaceBytes: 2 * bavail * bsize })
  await until(() => !audit.ready(), 'not ready')
  t.equal(audit.space(), 'low')
  await audit.append(decision({ decision: 'deny' }), patient)
  t.match(verified(folder), { size: 2 })
})

t.test('far below the free space that is asked for no decision is recorded, and the log says it is not ready', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder, { freeSpaceBytes: 2 ** 60 })
  await until(() => !audit.ready(), 'not ready')
  await t.rejects(audit.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
  await audit.append({ kind: 'system', event: 'configuration', accepted: true }, patient)
  t.same(eventsOf(folder), ['start', 'configuration'])
})

t.test('a decision that becomes durable after its deadline is refused, and ends as not dialled', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [pid = 0] = writersOf()
  const body = decision()
  process.kill(pid, 'SIGSTOP')
  await t.rejects(audit.append(body, { deadlineMs: 50 }), { code: 'GW_AUDIT_DEADLINE', status: 503 })
  process.kill(pid, 'SIGCONT')
  await until(() => endsOf(folder).has(body.id), 'the outcome')
  t.equal(endsOf(folder).get(body.id), 'not_dialled')
  t.match(verified(folder), { open: [], violations: [] })
})

t.test('more than the writer can take is pushed back at once, and the rest is recorded', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [pid = 0] = writersOf()
  process.kill(pid, 'SIGSTOP')
  const small = { kind: 'system', event: 'policy_load' } as const
  const waiting = Array.from({ length: 8192 }, () => audit.append(small, patient))
  await t.rejects(audit.append(small, patient), { code: 'GW_AUDIT_PUSHBACK' })
  process.kill(pid, 'SIGCONT')
  const receipts = await Promise.all(waiting)
  t.same(receipts.map(({ index }) => index), receipts.map((_, position) => position + 1), 'in the order of arrival')
  t.match(verified(folder), { result: 'INTACT-FILE', size: 8193 })
})

t.test('refusals of strangers are counted, not recorded one by one', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  for (let count = 0; count < 500; count++) audit.refuse(count % 5 === 0 ? 'GW_IDENTITY_INVALID' : 'GW_IDENTITY_MISSING')
  await audit.close()
  const counted = recordsOf(folder).map(({ body }) => body).filter(body => body.kind === 'system' && body.event === 'refused')
  t.match(counted, [{ counts: { GW_IDENTITY_INVALID: 100, GW_IDENTITY_MISSING: 400 }, since_us: Number }])
})

t.test('the writer does not end by a signal, but when its gateway hangs up', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [pid = 0] = writersOf()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid, signal)
  await audit.append(decision(), patient)
  t.same(writersOf(), [pid])
  await audit.close()
  t.same(writersOf(), [])
  await t.rejects(audit.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
})

t.test('keys are for the writer alone, records for nobody but the owner', async t => {
  const folder = auditFolder(t)
  await openAudit(t, folder)
  const modes = ['.', 'keys', 'keys/log.key', 'records', 'records/00000000.seg'].map(name => (statSync(join(folder, name)).mode & 0o777).toString(8))
  t.same(modes, ['700', '700', '600', '700', '600'])
})

t.test('the origin and the key stay the same from start to start', async t => {
  const folder = auditFolder(t)
  const first = await openAudit(t, folder)
  await first.close()
  const second = await openAudit(t, folder)
  await second.close()
  t.equal(second.origin, first.origin)
  t.same(eventsOf(folder), ['start', 'stop', 'start', 'stop'])
  t.match(verified(folder), { result: 'INTACT-FILE', size: 4 })
})

t.test('two writers never write one log', { timeout: 60_000 }, async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  await t.rejects(startAuditLog({ folder, log: quiet, allowUnsafeFilesystem: true }), /another writer holds the log/)
  await audit.append(decision(), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', size: 2 })
})

t.test('the lock of a dead process is taken over', async t => {
  const folder = auditFolder(t)
  await (await openAudit(t, folder)).close()
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 1, machine: 'an earlier run', network: 'elsewhere' }))
  const audit = await openAudit(t, folder)
  t.ok(audit.ready())
})

t.test('a log longer than a segment goes on in the next', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const large = { kind: 'system', event: 'policy_load', text: 'x'.repeat(32_000) } as const
  for (let count = 0; count < 150; count++) await audit.append(large, patient)
  await audit.close()
  const again = await openAudit(t, folder)
  await again.append(large, patient)
  t.match(verified(folder), { result: 'INTACT-FILE', size: 155, broken: null })
  t.ok(statSync(join(folder, 'records/00000001.seg')).size > 0)
})
