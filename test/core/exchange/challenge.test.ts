/** What callers are told when their credential does not do. */
import t from 'tap'
import { challengeOf } from '../../../core/exchange/challenge.ts'
import type { TokenTerms } from '../../../core/pipeline/plugin.ts'

const bearer: TokenTerms = { issuers: ['https://idp.example'], proofAlgorithms: [], proofRequired: false }
const both: TokenTerms = { ...bearer, proofAlgorithms: ['ES256', 'EdDSA'] }
const proof: TokenTerms = { ...both, proofRequired: true }
const metadata = 'https://ai.example/.well-known/oauth-protected-resource'

t.test('without a credential no error is named', async t => {
  t.equal(challengeOf('GW_IDENTITY_MISSING', [bearer], null), 'Bearer realm="sallyport"')
  t.equal(challengeOf('GW_IDENTITY_MISSING', [], null), 'Bearer realm="sallyport"')
})

t.test('a token that does not do is an invalid token, whatever is wrong with it', async t => {
  for (const code of ['GW_IDENTITY_INVALID', 'GW_IDENTITY_EXPIRED', 'GW_IDENTITY_REVOKED', 'GW_IDENTITY_TENANT', 'GW_IDENTITY_UNTRUSTED_ISSUER'] as const) t.equal(challengeOf(code, [bearer], null), 'Bearer realm="sallyport", error="invalid_token"')
  t.equal(challengeOf('GW_IDENTITY_CONFLICT', [bearer], null), 'Bearer realm="sallyport", error="invalid_request"')
})

t.test('where proofs are taken there is a challenge for them, with the algorithms', async t => {
  t.equal(challengeOf('GW_IDENTITY_INVALID', [both], null), 'Bearer realm="sallyport", error="invalid_token", DPoP realm="sallyport", error="invalid_token", algs="ES256 EdDSA"')
  t.equal(challengeOf('GW_IDENTITY_MISSING', [bearer, proof], null), 'Bearer realm="sallyport", DPoP realm="sallyport", algs="ES256 EdDSA"')
})

t.test('where nothing is taken without a proof there is no other challenge', async t => {
  t.equal(challengeOf('GW_IDENTITY_MISSING', [proof], null), 'DPoP realm="sallyport", algs="ES256 EdDSA"')
})

t.test('what is wrong with a proof is said where proofs are spoken of', async t => {
  t.equal(challengeOf('GW_IDENTITY_PROOF_INVALID', [both], null), 'Bearer realm="sallyport", DPoP realm="sallyport", error="invalid_dpop_proof", algs="ES256 EdDSA"')
  t.equal(challengeOf('GW_IDENTITY_NONCE_REQUIRED', [proof], null), 'DPoP realm="sallyport", error="use_dpop_nonce", algs="ES256 EdDSA"')
  t.equal(challengeOf('GW_IDENTITY_PROOF_MISSING', [bearer], null), 'Bearer realm="sallyport", error="invalid_token"')
})

t.test('the document of the resource is named in every challenge', async t => {
  t.equal(challengeOf('GW_IDENTITY_MISSING', [both], metadata), `Bearer realm="sallyport", resource_metadata="${metadata}", DPoP realm="sallyport", algs="ES256 EdDSA", resource_metadata="${metadata}"`)
})
