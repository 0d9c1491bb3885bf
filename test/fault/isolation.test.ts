/** The log against other users of its machine, the gateway's own among them where the writer has one of its own. */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { decision, openAudit, outcome, patient, verified, writersOf } from '../core/audit/parts.ts'
import { placeOrder, orderState } from '../../core/audit/orders.ts'
import { until } from '../core/audit/parts.ts'

const isRoot = process.getuid?.() === 0
/** There on every system that has a root. */
const writerUser = 'daemon'
const strangerUid = 65_534

t.test('the log, its key and all that the writer makes are for its user alone', async t => {
  const folder = join(temporaryFolder(t), 'audit')
  const audit = await openAudit(t, folder)
  await audit.append(outcome(await audit.append(decision(), patient)), patient)
  await until(() => readdirSync(folder).includes('head'), 'the head')
  const modeOf = (name: string): string => (statSync(join(folder, name)).mode & 0o777).toString(8)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const open = names.filter(name => (statSync(join(folder, name)).mode & 0o077) !== 0)
  t.equal(modeOf('.'), '700')
  t.same(open, ['verifier.key'], 'the public key is public')
  t.equal(modeOf('keys/log.key'), '600')
})

t.test('a writer cannot run as another user where the gateway is not root, or as one there is not', async t => {
  await t.rejects(openAudit(t, join(temporaryFolder(t), 'audit'), { user: 'no-such-user-here' }), /there is no user no-such-user-here/)
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', `
    import { findUser } from ${JSON.stringify(packageFile('dist/core/audit/user.js'))}
    if (process.getuid() === 0) process.setuid(${strangerUid})
    try { findUser('root') } catch (error) { console.log(error.message) }`], { encoding: 'utf8' })
  t.match(told, /only where the gateway is started by root/)
})

t.test(isRoot ? 'a writer with a user of its own: any other user but root is denied all of it' : 'this is not root: the writer keeps our user', async t => {
  const data = temporaryFolder(t)
  const folder = join(data, 'audit')
  if (!isRoot) return
  chmodSync(data, 0o700)
  const audit = await openAudit(t, folder, { user: writerUser })
  await audit.append(outcome(await audit.append(decision(), patient)), patient)
  const [writer = 0] = writersOf()
  const uid = Number(execFileSync('id', ['-u', writerUser], { encoding: 'utf8' }))
  t.match(readFileSync(`/proc/${writer}/status`, 'utf8'), new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'))
  t.match(readFileSync(`/proc/${writer}/status`, 'utf8'), /^Groups:\t\s*$/m, 'and has no further groups')
  t.equal(statSync(folder).uid, uid)
  const tried = JSON.parse(execFileSync(process.execPath, [packageFile('dist/test/fault/stranger.js'), folder, String(writer)], { uid: strangerUid, gid: strangerUid, cwd: '/', encoding: 'utf8' }))
  t.ok(tried.tried >= 20)
  t.same(tried.allowed, [])
  placeOrder(folder, { kind: 'hold', held: true, reason: 'root asks' })
  await until(() => orderState(folder, 'hold').state === 'done', 'an order that root places is carried out')
  process.kill(writer, 'SIGKILL')
  await until(() => !audit.ready(), 'the writer is gone')
  await until(() => audit.ready(), 'the next one is that user\'s too')
  await audit.append(decision({ decision: 'deny' }), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', open: [], violations: [] })
})
