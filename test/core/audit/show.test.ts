import t from 'tap'
import { followRecords, records, type Selection } from '../../../core/audit/show.ts'
import { listSeals } from '../../../core/audit/verify/files.ts'
import { auditFolder, decision, openAudit, outcome, patient } from './parts.ts'

const other = { type: 'user', issuer: 'https://idp.example', subject: 'u-18', tenant: 'globex', roles: [], role: null, groups: [], method: 'jwt', actors: [], confirmation: null }

t.test('records are selected by decision, effect, tenant, subject, end and time', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const acme = await audit.append(decision(), patient) // 1
  await audit.append(decision({ decision: 'deny' }), patient) // 2
  const globex = await audit.append(decision({ principal: other, decision: 'redact' }), patient) // 3
  await audit.append(outcome(acme), patient) // 4
  await audit.append(outcome(globex, { end: 'blocked' }), patient) // 5
  await audit.append(decision({ principal: null, decision: 'deny' }), patient) // 6
  const shown = (selection: Selection): number[] => [...records(folder, selection)].map(({ record }) => record.index)
  t.same(shown({}), [0, 1, 2, 3, 4, 5, 6])
  t.same(shown({ decisionId: acme.decisionId }), [1, 4])
  t.same(shown({ effect: 'deny' }), [2, 6])
  t.same(shown({ effect: 'redact' }), [3, 5])
  t.same(shown({ tenant: 'globex' }), [3, 5])
  t.same(shown({ subject: 'u-17' }), [1, 2, 4])
  t.same(shown({ tenant: 'acme', effect: 'permit' }), [1, 4])
  t.same(shown({ end: 'blocked' }), [5])
  t.same(shown({ end: 'ok', tenant: 'globex' }), [])
  const [, , second, , fourth] = [...records(folder)].map(({ record }) => record.time_us)
  t.same(shown({ sinceUs: second ?? 0, untilUs: fourth ?? 0 }), [2, 3])
  t.same(shown({ decisionId: 'nobody' }), [])
})

t.test('a log is followed as it grows, into the next segment too', { timeout: 30_000 }, async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const stop = new AbortController()
  const seen: number[] = []
  const following = (async () => {
    for await (const { record } of followRecords(folder, {}, stop.signal)) {
      seen.push(record.index)
      if (record.body.kind === 'decision') stop.abort()
    }
  })()
  while (listSeals(folder).length < 1) await audit.append({ kind: 'system', event: 'policy_load', text: 'x'.repeat(30_000) }, patient)
  const last = await audit.append(decision(), patient)
  await following
  t.same(seen, Array.from({ length: last.index + 1 }, (_, index) => index))
})
