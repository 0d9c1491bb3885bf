/** Tokens that end before they expire. */
import t from 'tap'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { entryOf, openStage, type Opened } from './parts.ts'

const issuer = await createIssuer()
const seconds = Math.floor(Date.now() / 1000)
const before = (s: number): string => new Date(s * 1000).toISOString()

async function open (t: Parameters<typeof openStage>[0], list: unknown): Promise<Opened> {
  return await openStage(t, { issuers: [entryOf(issuer)], revoked: 'revoked.json' }, { 'jwks.json': issuer.jwks, 'revoked.json': list })
}

const token = await issuer.sign({ ...defaultClaims, jti: 't-1', iat: seconds - 100 })

t.test('a token in the list is refused, and no other', async t => {
  const stage = await open(t, [{ issuer: issuer.issuer, token: 't-1' }, { issuer: 'https://other.example', token: 't-2' }])
  t.equal(await stage.ask(token), 'GW_IDENTITY_REVOKED')
  t.match(await stage.ask(await issuer.sign({ ...defaultClaims, jti: 't-2' })), { subject: 'u-17' }, 'the same jti of another issuer')
  t.match(await stage.ask(await issuer.sign()), { subject: 'u-17' }, 'a token without jti')
})

t.test('a subject is refused, wholly or for the tokens from before a time', async t => {
  t.equal(await (await open(t, [{ issuer: issuer.issuer, subject: 'u-17' }])).ask(token), 'GW_IDENTITY_REVOKED')
  t.equal(await (await open(t, [{ issuer: issuer.issuer, subject: 'u-17', before: before(seconds - 50) }])).ask(token), 'GW_IDENTITY_REVOKED')
  t.match(await (await open(t, [{ issuer: issuer.issuer, subject: 'u-17', before: before(seconds - 150) }])).ask(token), { subject: 'u-17' })
  t.equal(await (await open(t, [{ issuer: issuer.issuer, subject: 'u-17', before: before(seconds - 150) }])).ask(await issuer.sign({ ...defaultClaims, iat: undefined })), 'GW_IDENTITY_REVOKED', 'a token that does not say when')
})

t.test('a list that is absent or not in its form lets nobody in', async t => {
  for (const list of ['{', {}, [{}], [{ issuer: 'x' }], [{ issuer: 'x', token: 't', subject: 's' }], [{ issuer: 'x', token: 't', before: before(1) }], [{ issuer: 'x', subject: 's', before: 'soon' }], [{ issuer: 'x', tokens: ['t'] }]]) {
    t.equal(await (await open(t, list)).ask(token), 'GW_IDENTITY_KEYS_UNAVAILABLE', JSON.stringify(list))
  }
})

t.test('a list that changes counts within a second or so, for tokens that were verified before too', async t => {
  const stage = await open(t, [])
  t.match(await stage.ask(token), { subject: 'u-17' })
  writeFileSync(join(stage.folder, 'revoked.json'), JSON.stringify([{ issuer: issuer.issuer, token: 't-1' }]))
  for (let waited = 0; waited < 30 && typeof await stage.ask(token) === 'object'; waited++) await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(await stage.ask(token), 'GW_IDENTITY_REVOKED')
})
