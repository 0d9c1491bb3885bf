/** A log that lost what was acknowledged, or is another one, is not continued; giving it up is on record. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { abandonLog } from '../../../core/audit/abandon.ts'
import { segmentFile } from '../../../core/audit/verify/files.ts'
import { readLog } from '../../../core/audit/verify/reader.ts'
import type { Teardown } from '../../helpers/folder.ts'
import { auditFolder, decision, eventsOf, keysOf, openAudit, patient, recordsOf, until, verified, writersOf } from './parts.ts'

/** A closed log of a few frames. */
async function closedLog (t: Teardown): Promise<string> {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  for (let count = 0; count < 5; count++) await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  return folder
}

/** Zeros from a frame on: a tail that was cut at a frame's border. */
function cutTail (folder: string, frames: number): void {
  const pieces = [...readLog(folder)].filter(piece => piece.kind === 'frame')
  const file = segmentFile(folder, 0)
  const bytes = readFileSync(file)
  bytes.fill(0, pieces.at(-frames)?.offset)
  writeFileSync(file, bytes)
}

t.test('a log that is shorter than the head that was noted is not continued', async t => {
  const folder = await closedLog(t)
  cutTail(folder, 2)
  t.match(verified(folder), { result: 'INTACT-FILE' }, 'the file alone cannot tell')
  await t.rejects(openAudit(t, folder), /holds 5 records, and 7 were acknowledged.*audit abandon/)
  t.match(verified(folder), { size: 5 }, 'nothing was changed')
})

t.test('a log that was rewritten under its own key is not continued where its head was noted', async t => {
  const folder = await closedLog(t)
  const other = await closedLog(t)
  rmSync(join(other, 'records'), { recursive: true })
  rmSync(join(other, 'keys'), { recursive: true })
  rmSync(join(other, 'head'))
  cpSync(join(folder, 'keys'), join(other, 'keys'), { recursive: true })
  const rewritten = await openAudit(t, other)
  for (let count = 0; count < 8; count++) await rewritten.append(decision({ decision: 'deny' }), patient)
  await rewritten.close()
  rmSync(join(folder, 'records'), { recursive: true })
  cpSync(join(other, 'records'), join(folder, 'records'), { recursive: true })
  await t.rejects(openAudit(t, folder), /other records when it had 7/)
})

t.test('a writer that comes back short of what its gateway was given does not go on', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  for (let count = 0; count < 5; count++) await audit.append(decision({ decision: 'deny' }), patient)
  const [pid = 0] = writersOf()
  process.kill(pid, 'SIGKILL')
  cutTail(folder, 2)
  rmSync(join(folder, 'head'), { force: true })
  await until(() => !audit.ready(), 'the writer is gone')
  await new Promise(resolve => setTimeout(resolve, 800))
  t.notOk(audit.ready())
  await t.rejects(audit.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
  t.match(verified(folder), { size: 4 })
})

t.test('the head can be noted on another volume', async t => {
  const folder = auditFolder(t)
  const head = join(auditFolder(t), 'elsewhere')
  const audit = await openAudit(t, folder, { head })
  await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  t.notOk(existsSync(join(folder, 'head')))
  cutTail(folder, 1)
  await t.rejects(openAudit(t, folder, { head }), /3 were acknowledged/)
})

t.test('a head that cannot be read stops nothing', async t => {
  const folder = await closedLog(t)
  writeFileSync(join(folder, 'head'), 'torn')
  await openAudit(t, folder)
  t.match(verified(folder), { result: 'INTACT-FILE' })
})

t.test('a log that is given up lies aside unchanged, and the new one begins with the reason', async t => {
  const folder = await closedLog(t)
  const [before] = keysOf(folder)
  cutTail(folder, 2)
  const kept = await abandonLog(folder, 'the disk failed')
  t.match(verified(kept), { result: 'INTACT-FILE', size: 5 })
  const audit = await openAudit(t, folder)
  t.not(audit.origin, before?.origin)
  t.match(recordsOf(folder)[0]?.body, { event: 'gap', previous: before?.origin, size: 7, reason: 'the disk failed' })
  t.same(eventsOf(folder), ['gap', 'start'])
  await t.rejects(abandonLog(folder, 'again'), /another writer holds the log/)
})
