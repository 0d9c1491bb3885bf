/** Who stands in a record: in clear, or by a keyed pseudonym that says nothing without its key. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { hideSubjects, pseudonymOf } from '../../../core/audit/pseudonym.ts'
import { records } from '../../../core/audit/show.ts'
import { BodyKeys, findKey } from '../../../core/enforce/body-keys.ts'
import { chat } from '../../helpers/gateway.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { defaultClaims } from '../../helpers/issuer.ts'
import { openScene } from '../../helpers/scene.ts'
import { decision } from './parts.ts'

const march = Date.UTC(2026, 2, 31, 23, 59)

t.test('each tenant has a key of its own for each month, which a second opening finds again', async t => {
  const folder = temporaryFolder(t)
  const keys = new BodyKeys(folder)
  const acme = keys.of('acme', march)
  t.equal(keys.of('acme', march).id, acme.id)
  t.equal(new BodyKeys(folder).of('acme', march).id, acme.id)
  t.equal(new Set([acme, keys.of('other', march), keys.of(null, march), keys.of('acme', march + 120_000)].map(({ id }) => id)).size, 4)
  t.same(readdirSync(join(folder, 'bodies')).sort(), ['none', 'tenant=acme', 'tenant=other'])
  t.same(readdirSync(join(folder, 'bodies/tenant=acme')).sort(), ['2026-03.key', '2026-04.key'])
  t.equal(statSync(join(folder, 'bodies/tenant=acme/2026-03.key')).mode & 0o777, 0o600)
  t.equal(findKey(folder, acme.id)?.id, acme.id)
  rmSync(join(folder, 'bodies/tenant=acme/2026-03.key'))
  t.equal(findKey(folder, acme.id), null, 'what was destroyed is gone')
})

t.test('no name of a tenant leads out of the folder of keys', async t => {
  const folder = join(temporaryFolder(t), 'keys')
  mkdirSync(folder)
  const keys = new BodyKeys(folder)
  const names = ['..', '.', '../../x', '/etc', 'a/b', 'x'.repeat(5000), '\ud800', 'CON', 'none', '']
  t.equal(new Set(names.map(name => keys.of(name, march).id)).size, names.length)
  t.same(readdirSync(dirname(folder)), ['keys'])
  t.equal(readdirSync(join(folder, 'bodies')).length, names.length)
})

t.test('a pseudonym stands for the subject everywhere in a record, and for no other', async t => {
  const key = new BodyKeys(temporaryFolder(t)).of('acme', march)
  const actors = [{ id: 'agent-4', issuer: 'https://idp.example' }]
  const principal = { ...decision().principal, actors, confirmation: 'thumbprint' } as NonNullable<ReturnType<typeof decision>['principal']>
  const subject = { id: 'u-17', issuer: 'https://idp.example', tenant: 'acme', actors }
  const hidden = hideSubjects(decision({ principal, input: { v: 1, subject } }), key)
  for (const secret of ['u-17', 'agent-4', 'thumbprint', 'sha256:dd']) t.notOk(JSON.stringify(hidden).includes(secret), secret)
  t.equal(hidden.principal?.subject, pseudonymOf(key, 'https://idp.example', 'u-17'))
  t.match(hidden, { replayable: false, policy: { input_digest: /^hmac-sha256:[0-9a-f]{8}:[0-9a-f]{64}$/ }, input: { subject: { id: hidden.principal?.subject, tenant: 'acme' } } })
  t.not(pseudonymOf(key, 'https://idp.example', 'u-18'), hidden.principal?.subject)
  t.not(pseudonymOf(key, 'https://other.example', 'u-17'), hidden.principal?.subject)
  const stranger = decision({ principal: null, input: null })
  t.same(hideSubjects(stranger, key), stranger)
})

t.test('identity: pseudonym: no record of a gateway names who asked, and whoever holds the key still finds them', async t => {
  const scene = await openScene(t, { stages: stages => stages.map(stage => stage.plugin === 'audit.commit' ? { ...stage, config: { ...stage.config, identity: 'pseudonym' } } : stage) })
  const subject = 'someone-in-particular'
  const answer = await chat(scene.gateway, 'hi', { token: await scene.issuer.sign({ ...defaultClaims, sub: subject }) })
  t.equal(answer.status, 200)
  const { decision: body } = await scene.recorded(answer)
  t.match(body, { principal: { subject: /^pseudonym:/ }, input: { subject: { id: /^pseudonym:/ } }, replayable: false })
  t.match(await scene.verified(), { result: 'INTACT-FILE', violations: [] })
  const folder = join(scene.data, 'audit')
  t.notOk([...records(folder)].some(({ text }) => text.includes(subject)))
  const found = (keys: string | null): number => [...records(folder, { subject, keys })].length
  t.equal(found(join(scene.data, 'keys')), 2, 'the decision and its outcome')
  t.equal(found(null), 0)
})
