/** What a log keeps of its sealed segments: enough to go on without reading them, and to prove what they hold. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AuditLog } from '../../../core/audit/client.ts'
import { checkEvidence } from '../../../core/audit/verify/evidence.ts'
import { proveDecision } from '../../../core/audit/evidence.ts'
import { listSeals, sealFile, segmentFile } from '../../../core/audit/verify/files.ts'
import { readLog } from '../../../core/audit/verify/reader.ts'
import { records } from '../../../core/audit/show.ts'
import { Frontier, leafHash } from '../../../core/audit/verify/tree.ts'
import type { Teardown } from '../../helpers/folder.ts'
import { auditFolder, decision, endsOf, eventsOf, keysOf, openAudit, outcome, patient, verified } from './parts.ts'

const large = { kind: 'system', event: 'policy_load', text: 'x'.repeat(8_000) } as const

interface Sealed { readonly folder: string, readonly ids: readonly string[] }

/** Two sealed segments and a third that was begun; a decision and its outcome in each. */
async function makeSealed (t: Teardown): Promise<Sealed> {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const ids: string[] = []
  for (let round = 0; round < 3; round++) {
    const receipt = await audit.append(decision(), patient)
    await audit.append(outcome(receipt), patient)
    ids.push(receipt.decisionId)
    if (round < 2) await fill(audit, folder, round + 1)
  }
  await audit.close()
  return { folder, ids }
}

const original = makeSealed(t)

/** A copy that may be spoiled. */
async function sealedLog (t: Teardown): Promise<Sealed> {
  const { folder, ids } = await original
  const copy = auditFolder(t)
  cpSync(folder, copy, { recursive: true })
  return { folder: copy, ids }
}

/** A segment is left empty where it was not ready in time: the numbers have gaps. */
function lastSeal (folder: string): string {
  return sealFile(folder, listSeals(folder).at(-1) ?? -1)
}

/** Adds records until so many segments are sealed. */
async function fill (audit: AuditLog, folder: string, seals: number): Promise<void> {
  while (listSeals(folder).length < seals) await Promise.all(Array.from({ length: 16 }, async () => await audit.append(large, patient)))
}

t.test('each sealed segment leaves its state, and the tree\'s hashes', async t => {
  const { folder } = await sealedLog(t)
  t.equal(listSeals(folder).length, 2)
  const hashes = [...records(folder)].map(({ text }) => leafHash(Buffer.from(text)))
  const sealed = JSON.parse(readFileSync(lastSeal(folder), 'utf8')) as { size: number, roots: string[] }
  const leaves = readFileSync(join(folder, 'tree/0'))
  t.same(leaves, Buffer.concat(hashes.slice(0, sealed.size)), 'leaves')
  const expected: Buffer[] = []
  const frontier = new Frontier((height, hash) => { if (height === 8) expected.push(hash) })
  for (const hash of hashes.slice(0, sealed.size)) frontier.append(hash)
  t.same(readFileSync(join(folder, 'tree/1')), Buffer.concat(expected), 'roots over 256 leaves')
  t.same(sealed.roots, frontier.roots.map(root => root.toString('hex')))
  t.match(verified(folder), { result: 'INTACT-FILE', size: hashes.length, violations: [] })
})

t.test('a start reads what follows the last seal, and not what lies before it', async t => {
  const { folder, ids } = await sealedLog(t)
  const size = verified(folder).size
  for (const segment of listSeals(folder)) writeFileSync(segmentFile(folder, segment), 'not the segment')
  const audit = await openAudit(t, folder)
  const receipt = await audit.append(decision(), patient)
  t.equal(receipt.index, size + 1, 'after the start record')
  await audit.close()
  t.match(verified(folder), { result: 'BROKEN' }, 'verification reads all')
  t.equal(ids.length, 3)
})

t.test('a decision that was open when its segment was sealed is ended by the next start', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const open = await audit.append(decision(), patient)
  await fill(audit, folder, 1)
  await audit.append(outcome(open, { end: 'client_gone' }), patient)
  const held = await audit.append(decision(), patient)
  await audit.close()
  t.same(listSeals(folder), [0])
  const ends = endsOf(folder)
  t.equal(ends.get(open.decisionId), 'client_gone')
  t.equal(ends.get(held.decisionId), 'crash_unknown')
  t.match(verified(folder), { open: [], violations: [] })
})

for (const [what, spoil] of Object.entries({
  'a seal that is lost': (folder: string) => { rmSync(lastSeal(folder)) },
  'all seals that are lost': (folder: string) => { rmSync(join(folder, 'seals'), { recursive: true }) },
  'a seal of another state': (folder: string) => { writeFileSync(lastSeal(folder), readFileSync(lastSeal(folder), 'utf8').replace('"open":[]', '"open":[["a",{"boot":"b","hash":"c","index":1}]]')) },
  'a torn seal': (folder: string) => { writeFileSync(lastSeal(folder), readFileSync(lastSeal(folder)).subarray(0, 40)) },
  'tree files that are lost': (folder: string) => { rmSync(join(folder, 'tree'), { recursive: true }) },
  'tree files that were cut': (folder: string) => { writeFileSync(join(folder, 'tree/0'), readFileSync(join(folder, 'tree/0')).subarray(0, 320)) }
})) {
  t.test(`${what} costs a longer read, and is made anew`, async t => {
    const { folder, ids } = await sealedLog(t)
    const files = [lastSeal(folder), join(folder, 'tree/0'), join(folder, 'tree/1')]
    const kept = files.map(file => readFileSync(file))
    spoil(folder)
    const audit = await openAudit(t, folder)
    await audit.append(decision({ decision: 'deny' }), patient)
    await audit.close()
    t.same(files.map(file => readFileSync(file)), kept)
    t.match(verified(folder), { result: 'INTACT-FILE', open: [], violations: [] })
    for (const id of ids) {
      const evidence = proveDecision(folder, id)
      t.ok(evidence !== null && checkEvidence(evidence, keysOf(folder)).checkpoint.size > 0)
    }
    t.ok(eventsOf(folder).includes('seal'))
  })
}

t.test('every record of every segment is proven, through the tree\'s files and beside them', async t => {
  const { folder, ids } = await sealedLog(t)
  const audit = await openAudit(t, folder)
  const { decisionId } = await audit.append(decision(), patient)
  for (const id of [...ids, decisionId]) {
    const evidence = proveDecision(folder, id)
    if (evidence === null) throw new Error('it is in the log')
    t.equal(checkEvidence(evidence, keysOf(folder)).record.body.kind, 'decision')
  }
  t.equal([...readLog(folder)].at(-1)?.kind, 'tail')
})
