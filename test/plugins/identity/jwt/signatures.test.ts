/** Signatures made, moved or remembered to get past the rules. */
import t from 'tap'
import { createPrivateKey, sign } from 'node:crypto'
import { exportJWK } from 'jose'
import { createIssuer } from '../../../helpers/issuer.ts'
import { encode, entryOf, openFor, openForge, openStage, type Opened } from '../parts.ts'

const forge = await openForge()
const { header, claims } = forge
const now = Math.floor(Date.now() / 1000)

function codeOf (answer: Awaited<ReturnType<Opened['ask']>>): string {
  return typeof answer === 'string' ? answer : 'accepted'
}

t.test('an expired token is accepted for as long as clocks may differ, and no longer', async t => {
  const stage = await openFor(t, forge.issuer, { clock_skew: '30s' })
  t.equal(codeOf(await stage.ask(await forge.make(header, claims({ exp: now - 20 })))), 'accepted')
  t.equal(await stage.ask(await forge.make(header, claims({ exp: now - 31 }))), 'GW_IDENTITY_EXPIRED')
})

/** A token whose signature is these bytes. */
async function withSignature (signature: Uint8Array): Promise<string> {
  return [...(await forge.make(header, claims())).split('.').slice(0, 2), Buffer.from(signature).toString('base64url')].join('.')
}

t.test('a signature of zeros is refused', async t => {
  const stage = await openFor(t, forge.issuer)
  for (const length of [1, 32, 63, 64, 65, 96, 128]) t.equal(await stage.ask(await withSignature(new Uint8Array(length))), 'GW_IDENTITY_INVALID', `${length} bytes`)
})

t.test('a signature with one zero half is refused', async t => {
  const stage = await openFor(t, forge.issuer)
  const [, , text = ''] = (await forge.make(header, claims())).split('.')
  for (const [start, end] of [[0, 32], [32, 64]] as const) t.equal(await stage.ask(await withSignature(Buffer.from(text, 'base64url').fill(0, start, end))), 'GW_IDENTITY_INVALID')
})

t.test('a signature as DER is refused: JWS has its own form', async t => {
  const key = createPrivateKey({ key: await exportJWK(forge.issuer.privateKey) as never, format: 'jwk' })
  const input = `${encode(header)}.${encode(claims())}`
  t.equal(await (await openFor(t, forge.issuer)).ask(`${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`), 'GW_IDENTITY_INVALID')
})

t.test('the other of the two signatures that ECDSA has for one message (high S) is valid JWS, and the same principal', async t => {
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const token = await forge.make(header, claims())
  const signature = Buffer.from(token.split('.')[2] ?? '', 'base64url')
  const other = (order - BigInt(`0x${signature.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0')
  const twin = [...token.split('.').slice(0, 2), Buffer.concat([signature.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url')].join('.')
  const stage = await openFor(t, forge.issuer)
  t.not(twin, token)
  t.same(await stage.ask(twin), await stage.ask(token))
})

t.test('a key of another curve verifies nothing', async t => {
  const p384 = await createIssuer({ algorithm: 'ES384' })
  const mislabelled = { keys: p384.jwks.keys.map(({ alg: _alg, ...key }) => key) }
  const stage = await openFor(t, { ...p384, jwks: mislabelled }, { algorithms: ['ES256'] })
  t.equal(await stage.ask(await p384.sign()), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask(await forge.make(header, claims({ iss: p384.issuer }))), 'GW_IDENTITY_INVALID')
})

t.test('a detached payload is refused', async t => {
  const [head = '', , signature = ''] = (await forge.make(header, claims())).split('.')
  t.equal(await (await openFor(t, forge.issuer)).ask(`${head}..${signature}`), 'GW_IDENTITY_INVALID')
})

t.test('a JWS in its JSON form is refused', async t => {
  const [head, body, signature] = (await forge.make(header, claims())).split('.')
  t.equal(await (await openFor(t, forge.issuer)).ask({ authorization: [`Bearer ${JSON.stringify({ protected: head, payload: body, signature })}`] }), 'GW_IDENTITY_INVALID')
})

t.test('a kid of one issuer leads to no key of another', async t => {
  const other = await createIssuer({ issuer: 'https://other.example' })
  const stage = await openStage(t, { issuers: [entryOf(forge.issuer, { tenant: 'a' }), entryOf(other, { tenant: 'b', jwks_file: 'other.json' })] }, { 'jwks.json': forge.issuer.jwks, 'other.json': other.jwks })
  t.equal(await stage.ask(await other.sign({ ...claims(), iss: forge.issuer.issuer })), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask(await forge.make(header, claims({ iss: other.issuer }))), 'GW_IDENTITY_INVALID')
})

t.test('what is remembered of one issuer\'s token is nothing to another\'s', async t => {
  const other = await createIssuer({ issuer: 'https://other.example' })
  const stage = await openStage(t, { issuers: [entryOf(forge.issuer, { tenant: 'a' }), entryOf(other, { tenant: 'b', jwks_file: 'other.json' })] }, { 'jwks.json': forge.issuer.jwks, 'other.json': other.jwks })
  const good = await forge.make(header, claims())
  t.match(await stage.ask(good), { tenant: 'a' })
  const [head = '', , signature = ''] = good.split('.')
  for (const payload of [claims({ iss: other.issuer }), claims({ sub: 'admin' })]) t.equal(await stage.ask(`${head}.${encode(payload)}.${signature}`), 'GW_IDENTITY_INVALID')
  for (const changed of [good.slice(0, -1), `${good}A`, good.toLowerCase()]) t.equal(await stage.ask(changed), 'GW_IDENTITY_INVALID')
  t.match(await stage.ask(good), { tenant: 'a', subject: 'u-17' })
})

t.test('what is remembered ends with the token, and with the keys that verified it', async t => {
  const stage = await openFor(t, forge.issuer, { clock_skew: '0s' })
  const soon = await forge.make(header, claims({ exp: Math.floor(Date.now() / 1000) + 2 }))
  t.equal(codeOf(await stage.ask(soon)), 'accepted')
  await new Promise(resolve => setTimeout(resolve, 2100))
  t.equal(await stage.ask(soon), 'GW_IDENTITY_EXPIRED')
})

t.test('a token with any one of its letters changed, left out or doubled is refused', async t => {
  const stage = await openFor(t, forge.issuer)
  const token = await forge.make(header, claims())
  t.equal(codeOf(await stage.ask(token)), 'accepted')
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const accepted: string[] = []
  for (let index = 0; index < token.length; index++) {
    const letter = token.charAt(index)
    const other = letters.charAt((letters.indexOf(letter) + 1 + index % 63) % 64)
    for (const put of [other, '', letter + letter]) if (typeof await stage.ask(token.slice(0, index) + put + token.slice(index + 1)) === 'object') accepted.push(`${put} at ${index}`)
  }
  t.same(accepted, [])
})
