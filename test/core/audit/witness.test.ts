/** Witnesses: what they cosign, what they refuse, and a log that waits for them. */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { exportTiles } from '../../../core/audit/export.ts'
import { newSigningKey, openSigningKey, signCheckpoint, verifierText } from '../../../core/audit/note.ts'
import { consistencyPath, rootAt, treeOf } from '../../../core/audit/proofs.ts'
import { cosignersOf, parseVerifier } from '../../../core/audit/verify/note.ts'
import { leafHash } from '../../../core/audit/verify/tree.ts'
import { verifyLog } from '../../../core/audit/verify/verify.ts'
import { openCosigner } from '../../../core/audit/witness/cosigner.ts'
import { Follower, segmentsSource, tilesSource } from '../../../core/audit/witness/follow.ts'
import { createWitnessServer } from '../../../core/audit/witness/server.ts'
import { submissionText } from '../../../core/audit/witness/submission.ts'
import { Witness } from '../../../core/audit/witness/witness.ts'
import type { AuditLogOptions } from '../../../core/audit/client.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'
import { auditFolder, decision, endsOf, keysOf, openAudit, outcome, patient, until } from './parts.ts'

const logKey = openSigningKey('example.com/log', newSigningKey())
const log = parseVerifier(verifierText(logKey))

/** Leaf hashes of a log; another salt is another history. */
function history (count: number, salt = ''): Buffer[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`${salt}${index}`)))
}

function headOf (leaves: readonly Buffer[], size = leaves.length): string {
  return signCheckpoint(logKey, size, rootAt(treeOf(leaves), size))
}

function submission (leaves: readonly Buffer[], oldSize: number, size: number): string {
  return submissionText({ oldSize, path: consistencyPath(treeOf(leaves), oldSize, size), note: headOf(leaves, size) })
}

interface Running { readonly url: string, readonly verifier: string, readonly witness: Witness, readonly server: Server, ask (body: string): Promise<{ status: number, type: string | null, text: string }> }

async function startWitness (t: Teardown, keys: readonly string[], name = 'witness.example/w1', folder = temporaryFolder(t)): Promise<Running> {
  const cosigner = openCosigner(name, join(folder, 'witness.key'))
  const witness = new Witness(cosigner, join(folder, 'state'), keys.map(parseVerifier))
  const server = createWitnessServer(witness)
  const url = await listen(t, server)
  const ask: Running['ask'] = async body => {
    const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  return { url, verifier: cosigner.verifier, witness, server, ask }
}

async function listen (t: Teardown, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a witness answers as C2SP tlog-witness has it, for every case there is', async t => {
  const { ask, verifier } = await startWitness(t, [verifierText(logKey)])
  const leaves = history(20)
  const first = await ask(submission(leaves, 0, 5))
  t.equal(first.status, 200)
  t.same(cosignersOf(headOf(leaves, 5) + first.text, [parseVerifier(verifier)]), ['witness.example/w1'])
  t.match(await ask(submission(leaves, 0, 7)), { status: 409, type: 'text/x.tlog.size', text: '5\n' }, 'an old size that is not the last')
  t.match(await ask(submission(leaves, 5, 5)), { status: 200 }, 'the same head again')
  t.match(await ask(submissionText({ oldSize: 5, path: [], note: headOf(history(5, 'other')) })), { status: 409, text: '5\n' }, 'another tree of the same size')
  t.match(await ask(submissionText({ oldSize: 5, path: consistencyPath(treeOf(leaves), 5, 9), note: headOf(history(9, 'other')) })), { status: 422 }, 'a fork')
  t.match(await ask(submissionText({ oldSize: 5, path: [], note: headOf(leaves, 9) })), { status: 422 }, 'no proof')
  t.match(await ask(submissionText({ oldSize: 9, path: [], note: headOf(leaves, 3) })), { status: 400 }, 'an old size beyond the new one')
  const stranger = openSigningKey('example.com/other', newSigningKey())
  t.match(await ask(submissionText({ oldSize: 0, path: [], note: signCheckpoint(stranger, 1, leaves[0] ?? Buffer.alloc(32)) })), { status: 404 }, 'a log that it does not know')
  const impostor = openSigningKey('example.com/log', newSigningKey())
  t.match(await ask(submissionText({ oldSize: 5, path: [], note: signCheckpoint(impostor, 9, rootAt(treeOf(leaves), 9)) })), { status: 403 }, 'a log that another key signed')
  for (const malformed of ['', 'old', 'old 05\n\nx', `old 5\nnot base64\n\n${headOf(leaves, 9)}`, 'x'.repeat(70_000)]) t.match(await ask(malformed).catch(() => ({ status: 400 })), { status: 400 })
  t.match(await ask(submission(leaves, 5, 20)), { status: 200 }, 'it goes on all the same')
})

t.test('a witness keeps what it cosigned when it ends, and one half of every fork it is shown', async t => {
  const folder = temporaryFolder(t)
  const leaves = history(9)
  const before = await startWitness(t, [verifierText(logKey)], 'w', folder)
  await before.ask(submission(leaves, 0, 9))
  await before.ask(submissionText({ oldSize: 9, path: [], note: headOf(history(9, 'other')) }))
  const after = await startWitness(t, [verifierText(logKey)], 'w', folder)
  t.match(await after.ask(submission(history(9, 'other'), 0, 4)), { status: 409, text: '9\n' })
  t.equal(after.verifier, before.verifier)
  const kept = after.witness.headFile(log.origin)
  t.match(readFileSync(kept, 'utf8'), headOf(leaves), 'with its cosignature behind')
  t.equal(readFileSync(kept.replace('.checkpoint', '.fork'), 'utf8'), headOf(history(9, 'other')), 'two heads of one size prove the fork to anyone')
})

t.test('a witness that looks for itself follows a live log through a rotation, and says what a fork and a cut are', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [witnessFolder, copy] = [temporaryFolder(t), join(temporaryFolder(t), 'audit')]
  const keys = keysOf(folder)
  const origin = keys[0]?.origin ?? ''
  const cosigner = openCosigner('w', join(witnessFolder, 'key'))
  const open = (): Witness => new Witness(cosigner, witnessFolder, keys)
  const witness = open()
  const follower = new Follower(witness, segmentsSource(folder, keys), origin)
  t.equal(await follower.look(), 'cosigned')
  t.equal(await follower.look(), 'unchanged')
  await audit.append(outcome(await audit.append(decision(), patient)), patient)
  cpSync(folder, copy, { recursive: true })
  const size = (await audit.append(decision({ decision: 'deny' }), patient)).index + 1
  t.equal(await follower.look(), 'cosigned')
  t.equal(witness.headOf(origin).size, size)
  const cosigned = readFileSync(witness.headFile(origin), 'utf8')
  t.match(verifyLog(folder, keys, { cosigned: [cosigned], witnesses: [parseVerifier(cosigner.verifier)] }), { result: 'WITNESSED', witnessed: { size, by: ['w'] } })
  t.match(verifyLog(copy, keys, { cosigned: [cosigned], witnesses: [parseVerifier(cosigner.verifier)] }), { result: 'BROKEN' }, 'a tail that was cut off shows')
  t.equal(await new Follower(open(), segmentsSource(copy, keys), origin).look(), 'rolled back')
  const other = await openAudit(t, copy)
  await other.append(decision({ decision: 'deny' }), patient)
  await other.append(decision({ decision: 'deny' }), patient)
  t.equal(await new Follower(open(), segmentsSource(copy, keys), origin).look(), 'forked')
})

t.test('exported tiles are followed by their hashes alone', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const tiles = temporaryFolder(t)
  const keys = keysOf(folder)
  await Promise.all(Array.from({ length: 300 }, () => audit.append(decision({ decision: 'deny' }), patient)))
  exportTiles(folder, tiles)
  const asked: string[] = []
  const witness = new Witness(openCosigner('w', join(temporaryFolder(t), 'key')), temporaryFolder(t), keys)
  const follower = new Follower(witness, tilesSource(async path => {
    asked.push(path)
    return readFileSync(join(tiles, path))
  }, keys), keys[0]?.origin ?? '')
  t.equal(await follower.look(), 'cosigned')
  await audit.append(decision({ decision: 'deny' }), patient)
  exportTiles(folder, tiles)
  t.equal(await follower.look(), 'cosigned')
  t.equal(witness.headOf(keys[0]?.origin ?? '').size, 302)
  t.notOk(asked.some(path => path.includes('entries')))
})

/** A log of this process, the key of which a witness that starts later knows. */
async function witnessedLog (t: Teardown, count: number, quorum: number, settings: Partial<AuditLogOptions> = {}): Promise<{ folder: string, witnesses: Running[], options: Partial<AuditLogOptions> }> {
  const folder = auditFolder(t)
  const first = await openAudit(t, folder)
  await first.close()
  const key = readFileSync(join(folder, 'verifier.key'), 'utf8')
  const witnesses = await Promise.all(Array.from({ length: count }, async (_, index) => await startWitness(t, [key], `witness.example/w${index}`)))
  const options = { commit: 'witnessed' as const, witnesses: witnesses.map(({ url, verifier }) => ({ url, key: verifier })), quorum, ...settings }
  return { folder, witnesses, options }
}

t.test('commit: witnessed acknowledges nothing that a quorum has not cosigned, and what it acknowledges carries the cosignatures', async t => {
  const { folder, witnesses, options } = await witnessedLog(t, 3, 2)
  const audit = await openAudit(t, folder, options)
  const receipts = await Promise.all(Array.from({ length: 50 }, () => audit.append(decision(), patient)))
  const keys = witnesses.map(({ verifier }) => parseVerifier(verifier))
  t.ok(receipts.every(({ checkpoint, size, index }) => size > index && cosignersOf(checkpoint, keys).length >= 2))
  await Promise.all(receipts.map(receipt => audit.append(outcome(receipt), patient)))
  const [one, two] = witnesses
  for (const running of [one, two]) {
    running?.server.close()
    running?.server.closeAllConnections()
  }
  await t.rejects(audit.append(decision(), { deadlineMs: 300 }), { code: 'GW_AUDIT_DEADLINE' }, 'one witness of three is too few')
  await until(() => !audit.witnessed(), 'the alarm')
  t.notOk(audit.ready(), 'and no readiness')
  one?.server.listen(Number(new URL(one.url).port), '127.0.0.1')
  await audit.append(decision({ decision: 'deny' }), patient)
  t.ok(audit.witnessed())
  await until(() => [...endsOf(folder).values()].includes('not_dialled'), 'the late decision is closed')
  await audit.close()
  const cosigned = readFileSync(join(folder, 'cosigned'), 'utf8')
  t.match(verifyLog(folder, keysOf(folder), { cosigned: [cosigned], witnesses: keys, quorum: 2 }), { result: 'WITNESSED', violations: [] })
})

t.test('commit: local goes on without any witness, and has its head cosigned when they are back', async t => {
  const { folder, witnesses, options } = await witnessedLog(t, 1, 1, { commit: 'local' })
  const [witness] = witnesses
  witness?.server.close()
  witness?.server.closeAllConnections()
  const audit = await openAudit(t, folder, options)
  await audit.append(decision({ decision: 'deny' }), patient)
  await until(() => !audit.witnessed(), 'the alarm')
  await audit.append(decision({ decision: 'deny' }), patient)
  witness?.server.listen(Number(new URL(witness.url).port), '127.0.0.1')
  await until(() => audit.witnessed(), 'cosigned')
  await until(() => existsSync(join(folder, 'cosigned')), 'kept beside the log')
})

t.test('a log that was rolled back behind its witness is not written to', async t => {
  const { folder, options } = await witnessedLog(t, 1, 1)
  const copy = `${folder}-backup`
  cpSync(folder, copy, { recursive: true })
  const audit = await openAudit(t, folder, options)
  for (let count = 0; count < 5; count++) await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  const restored = await openAudit(t, copy, options)
  await t.rejects(restored.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
  await restored.close()
  await t.rejects(openAudit(t, copy, options), /cosigned 8 records of this log, which holds \d+: it was rolled back.* audit abandon/)
})

t.test('a witness that answers nonsense, with another key, or not at all, is no witness', async t => {
  const { folder, witnesses, options } = await witnessedLog(t, 1, 1)
  const answers = ['', '— x AAAA\n', '— witness.example/w0 AAAAAAAAAAAAAAAA\n']
  const liar = createServer((request, response) => { request.resume().on('end', () => { response.end(answers.pop() ?? 'nonsense') }) })
  const url = await listen(t, liar)
  const audit = await openAudit(t, folder, { ...options, witnesses: [{ url, key: witnesses[0]?.verifier ?? '' }] })
  await t.rejects(audit.append(decision(), { deadlineMs: 1500 }), { code: 'GW_AUDIT_DEADLINE' })
})
