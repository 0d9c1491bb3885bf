/** What `sallyport identity explain` takes for a credential: the same that a request with it would present. */
import t from 'tap'
import { UsageError } from '../../../core/cli/command.ts'
import { readPasted, type Request } from '../../../core/cli/identity/pasted.ts'

const request: Request = { method: 'POST', url: new URL('https://ai.example/v1/chat/completions'), publicUrl: 'https://ai.example/', role: null }

t.test('a token alone is a bearer token', async t => {
  t.match(readPasted('abc.def.ghi\n', request), { authorization: ['Bearer abc.def.ghi'], apiKeys: [], certificates: [], method: 'POST', url: 'https://ai.example/v1/chat/completions', role: null, tokenInQuery: false })
})

t.test('header lines are headers, in any case and in their order', async t => {
  const text = 'AUTHORIZATION: DPoP abc\r\ndpop:  proof \nX-Api-Key: k1\napi-key: k2\nTxn-Token: t\nWorkload-Identity-Token: i\nworkload-proof-token: p\naccept: */*\n'
  t.match(readPasted(text, request), { authorization: ['DPoP abc'], proofs: ['proof'], apiKeys: ['k1', 'k2'], workload: { transaction: ['t'], identity: ['i'], proof: ['p'] } })
  t.same(readPasted('authorization: a\nauthorization: b', request).authorization, ['a', 'b'])
})

t.test('a token in the query counts, as on the wire', async t => {
  t.equal(readPasted('abc', { ...request, url: new URL('https://ai.example/v1/models?access_token=x') }).tokenInQuery, true)
})

t.test('the role asked for is the caller\'s', async t => {
  t.equal(readPasted('abc', { ...request, role: 'clinician' }).role, 'clinician')
})

t.test('what is neither a header, a token nor a certificate is a mistake', async t => {
  for (const text of ['two words', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
    try {
      readPasted(text, request)
      t.fail(text)
    } catch (thrown) {
      t.ok(thrown instanceof UsageError)
    }
  }
})
