import { cpSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { checkEvidence, parseEvidence, type Evidence } from '../../../core/audit/verify/evidence.ts'
import { proveDecision } from '../../../core/audit/evidence.ts'
import { segmentFile } from '../../../core/audit/verify/files.ts'
import type { VerifierKey } from '../../../core/audit/verify/note.ts'
import { readLog } from '../../../core/audit/verify/reader.ts'
import { verifyLog } from '../../../core/audit/verify/verify.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { auditFolder, decision, holds, keysOf, openAudit, outcome, patient } from './parts.ts'

function stands (evidence: Evidence, keys: readonly VerifierKey[]): boolean {
  try {
    checkEvidence(evidence, keys)
    return true
  } catch {
    return false
  }
}

function proven (folder: string, id: string): Evidence {
  const evidence = proveDecision(folder, id)
  if (evidence === null) throw new Error('the decision is in the log')
  return evidence
}

t.test('evidence of every decision verifies with the key alone, before its outcome and after', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const receipts = await Promise.all(Array.from({ length: 20 }, () => audit.append(decision(), patient)))
  const before = receipts.map(({ decisionId }) => proven(folder, decisionId))
  await Promise.all(receipts.map(receipt => audit.append(outcome(receipt), patient)))
  const after = receipts.map(({ decisionId }) => proven(folder, decisionId))
  const keys = keysOf(folder)
  t.ok([...before, ...after].every(evidence => stands(evidence, keys)))
  t.match(before[0]?.proof, /^c2sp\.org\/tlog-proof@v1\nindex [0-9]+\n(?:[A-Za-z0-9+/]{43}=\n)+\nsallyport\.log\/[0-9a-f]{16}\n[0-9]+\n[^\n]+\n\n— [^\n]+\n$/)
  t.equal(proveDecision(folder, 'nobody'), null)
  const { record } = checkEvidence(after[3] ?? { record: '', proof: '' }, keys)
  t.match(record, { index: receipts[3]?.index, body: { kind: 'decision', id: receipts[3]?.decisionId } })
})

t.test('evidence with any character changed does not stand', { timeout: 120_000 }, async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const receipts = await Promise.all(Array.from({ length: 9 }, () => audit.append(decision(), patient)))
  const evidence = proven(folder, receipts[4]?.decisionId ?? '')
  const keys = keysOf(folder)
  const character = fc.constantFrom(...'aB0 \n=+{}"é')
  holds(t, fc.property(fc.constantFrom('record' as const, 'proof' as const), fc.nat(), character, fc.boolean(), (part, at, other, isInserted) => {
    const text = evidence[part]
    const place = at % text.length
    const changed = text.slice(0, place) + other + text.slice(place + (isInserted ? 0 : 1))
    return changed === text || !stands({ ...evidence, [part]: changed }, keys)
  }), { numRuns: 1500 })
  t.notOk(stands({ ...evidence, record: proven(folder, receipts[5]?.decisionId ?? '').record }, keys), 'the record of another')
})

t.test('what is no evidence is refused', async t => {
  for (const text of ['', '{}', 'null', '[]', '{"record":1,"proof":""}', '{"record":"","proof":null}']) t.throws(() => parseEvidence(text))
})

t.test('a log that lacks what was proven earlier is broken, however cleanly its tail was cut', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const first = await audit.append(decision(), patient)
  await audit.append(decision(), patient)
  const keys = keysOf(folder)
  const early = checkEvidence(proven(folder, first.decisionId), keys)
  const last = await audit.append(decision(), patient)
  const late = checkEvidence(proven(folder, last.decisionId), keys)
  const copy = join(temporaryFolder(t), 'copy')
  cpSync(folder, copy, { recursive: true })
  const frames = [...readLog(copy)].filter(piece => piece.kind === 'frame')
  t.match(verifyLog(copy, keys, { receipts: [early, late] }), { result: 'ANCHORED', broken: null })
  truncateSync(segmentFile(copy, 0), frames.at(-1)?.offset)
  t.match(verifyLog(copy, keys), { result: 'INTACT-FILE' })
  t.match(verifyLog(copy, keys, { receipts: [early] }), { result: 'ANCHORED' })
  t.match(verifyLog(copy, keys, { receipts: [early, late] }), { result: 'BROKEN', broken: { what: /proven earlier/, where: new RegExp(`record ${last.index}`) } })
})

t.test('a fork of the log, signed by the same key, is broken against what the other branch proved', async t => {
  const folder = auditFolder(t)
  const fork = join(temporaryFolder(t), 'fork')
  await (await openAudit(t, folder)).close()
  cpSync(folder, fork, { recursive: true })
  const branches = [folder, fork]
  const [own, other] = await Promise.all(branches.map(async branch => {
    const audit = await openAudit(t, branch)
    const { decisionId } = await audit.append(decision(), patient)
    await audit.close()
    return checkEvidence(proven(branch, decisionId), keysOf(branch))
  }))
  if (own === undefined || other === undefined) throw new Error('both branches were written')
  t.match(verifyLog(folder, keysOf(folder), { receipts: [own] }), { result: 'ANCHORED' })
  t.match(verifyLog(folder, keysOf(folder), { receipts: [other] }), { result: 'BROKEN' })
})

t.test('a live log, and a copy made at any instant, verify', { timeout: 60_000 }, async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const keys = keysOf(folder)
  const load = { stop: false }
  const lanes = Array.from({ length: 8 }, async () => {
    while (!load.stop) await audit.append(outcome(await audit.append(decision(), patient)), patient)
  })
  const copies = temporaryFolder(t)
  const results = new Set<string>()
  let size = 0
  for (let count = 0; count < 12; count++) {
    await new Promise(resolve => setTimeout(resolve, Math.random() * 20))
    const copy = join(copies, String(count))
    cpSync(folder, copy, { recursive: true })
    for (const place of [folder, copy]) {
      const found = verifyLog(place, keys)
      results.add(found.broken === null ? found.result : JSON.stringify(found.broken))
      size = Math.max(size, found.size)
    }
  }
  load.stop = true
  await Promise.all(lanes)
  t.same([...results], ['INTACT-FILE'])
  t.ok(size > 12 && readdirSync(copies).length === 12 && readFileSync(segmentFile(folder, 0)).length > 0)
})
