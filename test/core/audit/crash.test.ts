/** Ends that nobody asked for: of the writer, of its gateway, of the disk. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { AuditLog } from '../../../core/audit/client.ts'
import { packageFile } from '../../../core/package.ts'
import { leafHash } from '../../../core/audit/verify/tree.ts'
import { records } from '../../../core/audit/show.ts'
import { auditFolder, decision, endsOf, eventsOf, openAudit, outcome, patient, recordsOf, until, verified, writersOf } from './parts.ts'

const kills = Number(process.env['SALLYPORT_KILLS'] ?? 20)

interface Load { readonly acknowledged: Map<number, string>, stop: boolean }

/** Decisions and their outcomes, as fast as they go; keeps every receipt. */
async function ask (audit: AuditLog, load: Load): Promise<void> {
  while (!load.stop) {
    const receipt = await audit.append(decision(), patient).catch(() => null)
    if (receipt === null) await new Promise(resolve => setTimeout(resolve, 2))
    else {
      load.acknowledged.set(receipt.index, receipt.leafHash)
      const end = await audit.append(outcome(receipt), patient).catch(() => null)
      if (end !== null) load.acknowledged.set(end.index, end.leafHash)
    }
  }
}

t.test(`kill -9 of the writer, ${kills} times under load, loses no acknowledged record`, { timeout: 600_000 }, async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const load: Load = { acknowledged: new Map(), stop: false }
  const lanes = Array.from({ length: 4 }, async () => { await ask(audit, load) })
  for (let count = 0; count < kills; count++) {
    await until(() => audit.ready(), 'the writer is back')
    await new Promise(resolve => setTimeout(resolve, Math.random() * 25))
    for (const pid of writersOf()) process.kill(pid, 'SIGKILL')
    await until(() => !audit.ready(), 'the writer is gone')
  }
  await until(() => audit.ready(), 'the writer is back')
  load.stop = true
  await Promise.all(lanes)
  await audit.close()

  const leaves = [...records(folder)].map(({ text }) => leafHash(Buffer.from(text)).toString('hex'))
  t.ok(load.acknowledged.size > kills, `${load.acknowledged.size} records were acknowledged`)
  t.same([...load.acknowledged].filter(([index, hash]) => leaves[index] !== hash), [], 'each of them is where its receipt says')
  t.match(verified(folder), { result: 'INTACT-FILE', size: leaves.length, open: [], violations: [], broken: null })
  t.equal(eventsOf(folder).filter(event => event === 'start').length, kills + 1)
})

t.test('a writer that returns finds the decisions of the living gateway open, and ends those nobody holds', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const held = await audit.append(decision(), patient)
  const [pid = 0] = writersOf()
  process.kill(pid, 'SIGSTOP')
  const lost = audit.append(decision(), patient)
  process.kill(pid, 'SIGKILL')
  await t.rejects(lost, { code: 'GW_AUDIT_UNAVAILABLE' })
  t.notOk(audit.ready())
  await t.rejects(audit.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
  await until(() => audit.ready(), 'the writer is back')
  t.same(verified(folder).open, [held.decisionId])
  await audit.append(outcome(held), patient)
  t.match(verified(folder), { open: [], violations: [] })
  t.equal(endsOf(folder).get(held.decisionId), 'ok')
})

t.test('an outcome that the writer took with it is recorded by the next, its end unknown', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const held = await audit.append(decision(), patient)
  const [pid = 0] = writersOf()
  process.kill(pid, 'SIGSTOP')
  const lost = audit.append(outcome(held), patient)
  process.kill(pid, 'SIGKILL')
  await t.rejects(lost, { code: 'GW_AUDIT_UNAVAILABLE' })
  await until(() => endsOf(folder).has(held.decisionId), 'the outcome')
  const found = recordsOf(folder).map(({ body }) => body).find(body => body.kind === 'outcome')
  t.match(found, { end: 'crash_unknown', attempts: [{ endpoint: 'azure-eu' }] })
})

t.test('kill -9 of the gateway: its writer ends what is open, then itself', async t => {
  const folder = auditFolder(t)
  const gateway = spawn(process.execPath, [packageFile('dist/test/core/audit/hold-permit.js'), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = await once(gateway.stdout, 'data') as [Buffer]
  const id = chunk.toString().trim()
  t.same(verified(folder).open, [id])
  gateway.kill('SIGKILL')
  const next = await openAudit(t, folder)
  t.equal(endsOf(folder).get(id), 'crash_unknown')
  t.same(eventsOf(folder), ['start', 'stop', 'start'])
  await next.close()
})

t.test('kill -9 of gateway and writer together: the next writer ends what is open', async t => {
  const folder = auditFolder(t)
  const gateway = spawn(process.execPath, [packageFile('dist/test/core/audit/hold-permit.js'), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = await once(gateway.stdout, 'data') as [Buffer]
  for (const pid of writersOf(gateway.pid)) process.kill(pid, 'SIGKILL')
  gateway.kill('SIGKILL')
  await openAudit(t, folder)
  t.equal(endsOf(folder).get(chunk.toString().trim()), 'crash_unknown')
  t.same(eventsOf(folder), ['start', 'start'])
})

t.test('a write that fails poisons the writer: nothing is acknowledged after it, and nothing before it is lost', async t => {
  const folder = auditFolder(t)
  const program = packageFile('dist/test/core/audit/fill-disk.js')
  const { stdout } = await promisify(execFile)('bash', ['-c', `ulimit -f 4096; exec '${process.execPath}' '${program}' '${folder}'`])
  const told: { acknowledged: number, code: string, ready: boolean } = JSON.parse(stdout)
  t.match(told, { code: 'GW_AUDIT_UNAVAILABLE', ready: false })
  t.ok(told.acknowledged > 50, `${told.acknowledged} were acknowledged before files could grow no more`)
  t.equal(eventsOf(folder).filter(event => event === 'policy_load').length, told.acknowledged)
  const next = await openAudit(t, folder)
  await next.append(decision(), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', violations: [], broken: null })
})

t.test('what a cut write left is dropped at the next start, on record, and the log goes on', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const receipt = await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  const file = join(folder, 'records/00000000.seg')
  const bytes = readFileSync(file)
  const end = bytes.lastIndexOf('SPF1')
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.alloc(400), 0, 400, end + 200) // the last frame, its middle and end never written
  closeSync(fd)
  rmSync(join(folder, 'head')) // nor noted
  t.match(verified(folder), { result: 'INTACT-FILE', size: receipt.size })
  const next = await openAudit(t, folder)
  t.same(eventsOf(folder), ['start', 'recover', 'start'])
  t.match(recordsOf(folder).find(({ body }) => body.kind === 'system' && body.event === 'recover')?.body, { dropped_bytes: 200, size: 2 })
  await next.append(decision(), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', broken: null })
})

t.test('a file that was cut in the middle of a frame goes on in a new segment', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  const file = join(folder, 'records/00000000.seg')
  truncateSync(file, readFileSync(file).lastIndexOf('SPF1') + 100)
  rmSync(join(folder, 'head'))
  t.match(verified(folder), { result: 'INTACT-FILE', size: 2 })
  const next = await openAudit(t, folder)
  await next.append(decision(), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', size: 5, broken: null })
})

t.test('nothing is added to a log that was altered', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  const file = join(folder, 'records/00000000.seg')
  const at = readFileSync(file).indexOf('"u-17"')
  const fd = openSync(file, 'r+')
  writeSync(fd, 'x', at + 1)
  closeSync(fd)
  await t.rejects(openAudit(t, folder), /the audit log cannot be opened: .*checksum/)
})
