/** Tokens that are bound to a key, and the proofs that must come with them (RFC 9449). */
import t, { type Test } from 'tap'
import { generateKeyPair } from 'jose'
import { GatewayError } from '../../../core/errors.ts'
import type { Credential } from '../../../core/pipeline/plugin.ts'
import identityJwt from '../../../plugins/identity/jwt/index.ts'
import type { IssuerEntry } from '../../../plugins/identity/issuer/config.ts'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { createProofClient } from '../../helpers/proof.ts'
import { entryOf, faultsOf, openPlugin, type OpenOptions, type Opened } from './parts.ts'

const issuer = await createIssuer()
const url = 'https://ai.example/v1/chat/completions'
const client = await createProofClient({ method: 'POST', url })
const bound = await issuer.sign({ ...defaultClaims, cnf: { jkt: client.thumbprint } })
const free = await issuer.sign()

async function open (t: Test, changes: Partial<IssuerEntry> = {}, options: OpenOptions = {}): Promise<Opened> {
  return await openPlugin(t, identityJwt, { issuers: [entryOf(issuer, { dpop: 'optional', ...changes })] }, { files: { 'jwks.json': issuer.jwks }, publicUrl: 'https://ai.example', ...options })
}

function present (token: string, proof: string | null, more: Partial<Credential> = {}): Partial<Credential> {
  return { authorization: [`DPoP ${token}`], proofs: proof === null ? [] : [proof], url, ...more }
}

const shared = await openPlugin(t, identityJwt, { issuers: [entryOf(issuer, { dpop: 'optional' })] }, { files: { 'jwks.json': issuer.jwks }, publicUrl: 'https://ai.example' })

t.test('a bound token with its proof is accepted, and the record names the key', async t => {
  t.match(await shared.ask(present(bound, await client.prove(bound))), { subject: 'u-17', confirmation: `jkt:${client.thumbprint}` })
})

t.test('every request needs a proof of its own, the token being known already', async t => {
  t.match(await shared.ask(present(bound, await client.prove(bound))), { subject: 'u-17' })
  t.equal(await shared.ask(present(bound, null)), 'GW_IDENTITY_PROOF_MISSING')
  t.match(await shared.ask(present(bound, await client.prove(bound))), { subject: 'u-17' })
})

t.test('the scheme is read in any case', async t => {
  t.match(await shared.ask(present(bound, await client.prove(bound), { authorization: [`dpop ${bound}`] })), { subject: 'u-17' })
})

for (const algorithm of ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256']) {
  t.test(`a proof by ${algorithm} is accepted`, async t => {
    const other = await createProofClient({ method: 'POST', url }, algorithm)
    const token = await issuer.sign({ ...defaultClaims, cnf: { jkt: other.thumbprint } })
    t.match(await shared.ask(present(token, await other.prove(token))), { subject: 'u-17' })
  })
}

t.test('what is equal by the rules of URLs is the same target', async t => {
  for (const htu of ['https://AI.example/v1/chat/completions', 'https://ai.example:443/v1/chat/completions', 'HTTPS://ai.example/v1/chat/completions', `${url}?a=1`, `${url}#x`]) {
    t.match(await shared.ask(present(bound, await client.prove(bound, { htu }))), { subject: 'u-17' }, htu)
  }
})

t.test('a proof somewhat from the future is accepted, for clocks differ', async t => {
  t.match(await shared.ask(present(bound, await client.prove(bound, { iat: Math.floor(Date.now() / 1000) + 3 }))), { subject: 'u-17' })
})

/** A rule: such a proof is refused with this code. */
function refuses (name: string, make: () => Promise<Partial<Credential>>, code = 'GW_IDENTITY_PROOF_INVALID'): void {
  t.test(name, async t => { t.equal(await shared.ask(await make()), code) })
}

const seconds = Math.floor(Date.now() / 1000)

t.test('a proof is accepted once', async t => {
  const proof = await client.prove(bound)
  t.match(await shared.ask(present(bound, proof)), { subject: 'u-17' })
  t.equal(await shared.ask(present(bound, proof)), 'GW_IDENTITY_PROOF_INVALID')
})

t.test('a jti is used up by the key that used it, and by no other', async t => {
  const other = await createProofClient({ method: 'POST', url })
  const token = await issuer.sign({ ...defaultClaims, cnf: { jkt: other.thumbprint } })
  t.match(await shared.ask(present(bound, await client.prove(bound, { jti: 'same' }))), { subject: 'u-17' })
  t.match(await shared.ask(present(token, await other.prove(token, { jti: 'same' }))), { subject: 'u-17' })
  t.equal(await shared.ask(present(bound, await client.prove(bound, { jti: 'same' }))), 'GW_IDENTITY_PROOF_INVALID')
})

t.test('a proof that is refused is not used up by it', async t => {
  const proof = await client.prove(bound)
  t.equal(await shared.ask(present(bound, proof, { method: 'GET' })), 'GW_IDENTITY_PROOF_INVALID')
  t.match(await shared.ask(present(bound, proof)), { subject: 'u-17' })
})

refuses('a bound token without a proof is refused', async () => present(bound, null), 'GW_IDENTITY_PROOF_MISSING')
refuses('a bound token as a bearer token is refused, its proof beside it', async () => present(bound, await client.prove(bound), { authorization: [`Bearer ${bound}`] }), 'GW_IDENTITY_PROOF_MISSING')
refuses('two proofs are refused', async () => present(bound, null, { proofs: [await client.prove(bound), await client.prove(bound)] }))
refuses('a proof for another token is refused', async () => present(bound, await client.prove(free)))
refuses('a proof without a token\'s digest is refused', async () => present(bound, await client.prove(bound, { ath: undefined })))
refuses('a proof for another method is refused', async () => present(bound, await client.prove(bound, { htm: 'GET' })))
refuses('a method in another case is another method', async () => present(bound, await client.prove(bound, { htm: 'post' })))
refuses('a proof for another path is refused', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example/v1/embeddings' })))
refuses('a path in another case is another path', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example/v1/Chat/completions' })))
refuses('a path with a detour is another path', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example/v1/x/../chat/completions' })))
refuses('an escaped path is another path', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example/v1/chat/%63ompletions' })))
refuses('a trailing slash makes another path', async () => present(bound, await client.prove(bound, { htu: `${url}/` })))
refuses('a proof for another port is refused', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example:8443/v1/chat/completions' })))
refuses('a proof for plain http is refused', async () => present(bound, await client.prove(bound, { htu: 'http://ai.example/v1/chat/completions' })))
refuses('a proof for another host is refused', async () => present(bound, await client.prove(bound, { htu: 'https://ai.example.evil/v1/chat/completions' })))
refuses('a host with a user is another', async () => present(bound, await client.prove(bound, { htu: 'https://x@ai.example/v1/chat/completions' })))
refuses('a target that is no URL is refused', async () => present(bound, await client.prove(bound, { htu: '/v1/chat/completions' })))
refuses('a target that is no text is refused', async () => present(bound, await client.prove(bound, { htu: [url] })))
refuses('an old proof is refused', async () => present(bound, await client.prove(bound, { iat: seconds - 90 })))
refuses('a proof from the future is refused', async () => present(bound, await client.prove(bound, { iat: seconds + 60 })))
refuses('a proof without a time is refused', async () => present(bound, await client.prove(bound, { iat: undefined })))
refuses('a time that is no number is refused', async () => present(bound, await client.prove(bound, { iat: 'now' })))
refuses('a time beyond all dates is refused', async () => present(bound, await client.prove(bound, { iat: 1e300 })))
refuses('an expired proof is refused', async () => present(bound, await client.prove(bound, { exp: seconds - 10 })))
refuses('a proof that is not valid yet is refused', async () => present(bound, await client.prove(bound, { nbf: seconds + 60 })))
refuses('a proof without a jti is refused', async () => present(bound, await client.prove(bound, { jti: undefined })))
refuses('a jti that is no text is refused', async () => present(bound, await client.prove(bound, { jti: 7 })))
refuses('an endless jti is refused', async () => present(bound, await client.prove(bound, { jti: 'x'.repeat(2000) })))
refuses('a proof of another type is refused', async () => present(bound, await client.prove(bound, {}, { typ: 'JWT' })))
refuses('a proof without a type is refused', async () => present(bound, await client.prove(bound, {}, { typ: undefined })))
refuses('a proof with a critical extension is refused', async () => present(bound, await client.prove(bound, { b: 1 }, { crit: ['b64'], b64: true })))
refuses('a proof without its key is refused', async () => present(bound, await client.prove(bound, {}, { jwk: undefined })))
refuses('a proof that shows a private key is refused', async () => present(bound, await client.prove(bound, {}, { jwk: { ...client.publicKey, d: 'x' } })))
refuses('a proof by a shared secret is refused', async () => present(bound, await client.prove(bound, {}, { jwk: { kty: 'oct', k: 'x' } })))
refuses('a key that is a text is refused', async () => present(bound, await client.prove(bound, {}, { jwk: 'key' })))
refuses('a proof by another key than the token\'s is refused', async () => {
  const other = await createProofClient({ method: 'POST', url })
  return present(bound, await other.prove(bound))
})
refuses('a proof that shows the token\'s key and is signed by another is refused', async () => {
  const { privateKey } = await generateKeyPair('ES256')
  return present(bound, await client.prove(bound, {}, {}, privateKey))
})
refuses('a proof with alg none is refused', async () => {
  const [, payload = ''] = (await client.prove(bound)).split('.')
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: client.publicKey })).toString('base64url')
  return present(bound, `${header}.${payload}.AA`)
})
refuses('what is no JWT is no proof', async () => present(bound, 'proof'))
refuses('a token that is bound to nothing needs no proof, and may not bring one', async () => present(free, await client.prove(free)))
refuses('a proof beside a bearer token is refused', async () => present(free, await client.prove(free), { authorization: [`Bearer ${free}`] }))

t.test('where dpop is off, a bound token cannot be proven', async t => {
  const stage = await open(t, { dpop: 'off' })
  t.equal(await stage.ask(present(bound, await client.prove(bound))), 'GW_IDENTITY_PROOF_MISSING')
  t.match(await stage.ask(free), { subject: 'u-17' })
})

t.test('where dpop is required, a token that is bound to nothing is refused', async t => {
  const stage = await open(t, { dpop: 'required' })
  t.equal(await stage.ask(free), 'GW_IDENTITY_PROOF_MISSING')
  t.match(await stage.ask(present(bound, await client.prove(bound))), { subject: 'u-17' })
})

t.test('the window is configured', async t => {
  const stage = await open(t, { dpop_window: '10s' })
  t.equal(await stage.ask(present(bound, await client.prove(bound, { iat: seconds - 30 }))), 'GW_IDENTITY_PROOF_INVALID')
  t.match(await stage.ask(present(bound, await client.prove(bound))), { subject: 'u-17' })
})

t.test('without public_url no proof can be checked: check refuses the configuration', async t => {
  const config = { issuers: [entryOf(issuer, { dpop: 'optional' })] }
  t.match(await faultsOf(identityJwt, config), [/public_url/])
  t.same(await faultsOf(identityJwt, config, 'https://ai.example'), [])
})

t.test('a store that cannot say denies', async t => {
  const stage = await open(t, {}, { replay: { claim: async () => { throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE') } } })
  t.equal(await stage.ask(present(bound, await client.prove(bound))), 'GW_IDENTITY_STORE_UNAVAILABLE')
})

t.test('nonces', async t => {
  const stage = await open(t, { dpop_nonce: true })
  const first = await stage.result(present(bound, await client.prove(bound)))
  t.match(first, { code: 'GW_IDENTITY_NONCE_REQUIRED', status: 401, headers: { 'dpop-nonce': /^[A-Za-z0-9_-]{43}$/ } })
  const nonce = first instanceof GatewayError ? first.headers['dpop-nonce'] : ''

  await t.test('the nonce that an answer gave is accepted, for more than one proof', async t => {
    t.match(await stage.ask(present(bound, await client.prove(bound, { nonce }))), { subject: 'u-17' })
    t.match(await stage.ask(present(bound, await client.prove(bound, { nonce }))), { subject: 'u-17' })
  })

  await t.test('another nonce is not', async t => {
    for (const wrong of ['', 'x', `${nonce ?? ''}x`, 7, null]) t.equal(await stage.ask(present(bound, await client.prove(bound, { nonce: wrong }))), 'GW_IDENTITY_NONCE_REQUIRED')
  })

  await t.test('a proof that is wrong in another way is told that, and no nonce', async t => {
    t.equal(await stage.ask(present(bound, await client.prove(bound, { htm: 'GET' }))), 'GW_IDENTITY_PROOF_INVALID')
  })
})

t.test('whose nonces count', async t => {
  const key = 'k'.repeat(32)
  const own = new Uint8Array(32).fill(7)
  const stageWith = async (options: OpenOptions, nonceKey?: string): Promise<Opened> => await openPlugin(t, identityJwt, {
    issuers: [entryOf(issuer, { dpop: 'optional', dpop_nonce: true })], ...(nonceKey === undefined ? {} : { nonce_key: { file: 'nonce' } })
  }, { files: { 'jwks.json': issuer.jwks, nonce: nonceKey ?? '' }, publicUrl: 'https://ai.example', ...options })
  const nonceOf = async (stage: Opened): Promise<unknown> => {
    const answer = await stage.result(present(bound, await client.prove(bound)))
    return answer instanceof GatewayError ? answer.headers['dpop-nonce'] : null
  }
  const takes = async (stage: Opened, nonce: unknown): Promise<boolean> => typeof await stage.ask(present(bound, await client.prove(bound, { nonce }))) === 'object'

  await t.test('those of the other workers of one gateway', async t => {
    t.ok(await takes(await stageWith({ nonceKey: own }), await nonceOf(await stageWith({ nonceKey: own }))))
  })

  await t.test('those of the other instances with the same nonce_key, whatever key a gateway has itself', async t => {
    t.ok(await takes(await stageWith({ nonceKey: own }, key), await nonceOf(await stageWith({}, key))))
  })

  await t.test('and no others', async t => {
    t.notOk(await takes(await stageWith({}), await nonceOf(await stageWith({}))))
    t.notOk(await takes(await stageWith({}, key), await nonceOf(await stageWith({}, 'x'.repeat(32)))))
    t.notOk(await takes(await stageWith({ nonceKey: own }), await nonceOf(await stageWith({ nonceKey: own }, key))))
  })

  await t.test('a nonce_key that is too short, or cannot be had, stops the start', async t => {
    await t.rejects(stageWith({}, 'k'.repeat(31)), /31 characters/)
    await t.rejects(stageWith({}, ''), /is empty/)
  })
})

t.test('nonces without proofs make no sense: check refuses the configuration', async t => {
  t.match(await faultsOf(identityJwt, { issuers: [entryOf(issuer, { dpop_nonce: true })] }), [/dpop_nonce/])
})
