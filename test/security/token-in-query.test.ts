/** A token in the query is refused in every spelling: it would stand in logs on the way (RFC 9700 section 4.3.2). */
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

t.test('a token in the query', async t => {
  const scene = await openScene(t, { extra: { unidentified: { per_peer: '1000/s', total: '1000/s' } } })
  for (const query of ['access_token=x', 'ACCESS_TOKEN=x', 'a=1&access_token=x', 'access%5Ftoken=x', '%61ccess_token=x', 'id_token=x', 'api_key=x', 'api-key=x', 'token=', 'authorization=Bearer%20x', 'dpop=x', 'X-Api-Key=x', 'bearer_token=x', 'jwt=x', 'refresh_token=x', 'Txn-Token=x', 'workload%2Dproof%2Dtoken=x']) {
    for (const token of [scene.token, undefined]) {
      const answer = await chat(scene.gateway, 'hi', { path: `/v1/chat/completions?${query}`, ...(token === undefined ? {} : { token }) })
      t.equal(answer.status, 401, query)
    }
  }
  t.equal(scene.upstream.connections(), 0)
  await t.test('a name that only holds such a word is none', async t => {
    for (const query of ['max_tokens=5', 'tokens=1', 'access_token', 'note=access_token=x', 'x%26access_token=1']) t.not((await chat(scene.gateway, 'hi', { path: `/v1/chat/completions?${query}`, token: scene.token })).status, 401, query)
  })
})
