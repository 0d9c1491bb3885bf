import t from 'tap'
import { startExample } from '../helpers/example.ts'
import { chat } from '../helpers/gateway.ts'
import { startUpstream } from '../helpers/upstream.ts'

process.env['OPENAI_API_KEY'] = 'quickstart-key'

t.test('the starter', async (t) => {
  const upstream = await startUpstream(t)
  const example = await startExample(t, 'quickstart', { openai: upstream })
  const analyst = await example.token('ada', 'analyst')
  const ask = async (text: string, token: string): Promise<Response> =>
    await chat(example.gateway, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }] }, { token })

  await t.test('permits an analyst and sends the endpoint its own key', async (t) => {
    const answer = await ask('Say hello.', analyst)
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('sallyport-decision'), 'permit')
    t.equal(upstream.requests.at(-1)?.headers['authorization'], 'Bearer quickstart-key')
  })

  await t.test('replaces an e-mail address before it leaves', async (t) => {
    const answer = await ask('Write to grace.hopper@navy.mil today.', analyst)
    t.equal(answer.headers.get('sallyport-decision'), 'redact')
    t.notMatch(upstream.bodies().at(-1), /grace\.hopper/)
    t.match(upstream.bodies().at(-1), /Write to .* today\./)
  })

  await t.test('denies a secret, with the policy\'s own words, and sends nothing', async (t) => {
    const before = upstream.requests.length
    const answer = await ask(`Is ${'AKIA'}Q3RT5UVW7XYZ2ABC valid?`, analyst)
    t.equal(answer.status, 403)
    t.match(await answer.json(), { error: { code: 'GW_POLICY_DENIED', message: /holds a credential/ } })
    t.equal(upstream.requests.length, before)
    const { decision, outcome } = await example.recorded(answer)
    t.match(decision, { decision: 'deny', reasons: ['secret_in_prompt'] })
    t.equal(outcome, null)
  })

  await t.test('denies a visitor', async (t) => {
    const answer = await ask('Say hello.', await example.token('eve', 'visitor'))
    t.equal(answer.status, 403)
    t.equal(answer.headers.get('sallyport-decision'), 'deny')
  })

  t.match(await example.verified(), { code: 0, open: [], violations: [], broken: null })
})
