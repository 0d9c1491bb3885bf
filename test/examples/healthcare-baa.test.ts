import t from 'tap'
import { startExample } from '../helpers/example.ts'
import { chat } from '../helpers/gateway.ts'
import { startUpstream, chatty } from '../helpers/upstream.ts'

process.env['OPENAI_API_KEY'] = 'public-endpoint-key'
process.env['COVERED_API_KEY'] = 'covered-endpoint-key'

const phi = 'Summarise: patient MRN: 48213977, stable after surgery.'
const plain = 'Explain what a ward round is.'

t.test('health data stays with covered endpoints', async (t) => {
  const open = await startUpstream(t, chatty('from the public endpoint'))
  const covered = await startUpstream(t, chatty('from the covered endpoint'))
  const standby = await startUpstream(t, chatty('from the standby'))
  const example = await startExample(t, 'healthcare-baa', { 'public-model': open, 'covered-model': covered, 'covered-standby': standby })
  const clinician = await example.token('dr-shah', 'clinician')
  const researcher = await example.token('r-okafor', 'researcher')
  const ask = async (text: string, token: string): Promise<Response> =>
    await chat(example.gateway, { model: 'assistant', messages: [{ role: 'user', content: text }] }, { token })

  await t.test('a prompt without health data takes the first endpoint of the chain', async (t) => {
    const answer = await ask(plain, clinician)
    t.match(await answer.text(), /from the public endpoint/)
    t.equal(answer.headers.get('sallyport-decision'), 'permit')
    t.equal(open.requests.at(-1)?.headers['authorization'], 'Bearer public-endpoint-key')
    t.match(JSON.parse(open.bodies().at(-1) ?? ''), { model: 'gpt-4o' })
    const { decision, outcome } = await example.recorded(answer)
    t.same(decision?.['endpoints'], ['covered-model', 'covered-standby', 'public-model'])
    t.match(outcome, { endpoint: 'public-model', end: 'ok' })
  })

  await t.test('a prompt with health data skips it, although it is up and first', async (t) => {
    const before = open.requests.length
    const answer = await ask(phi, clinician)
    t.match(await answer.text(), /from the covered endpoint/)
    t.equal(answer.headers.get('sallyport-decision'), 'permit')
    t.equal(answer.headers.get('sallyport-classification'), 'restricted')
    t.equal(open.requests.length, before)
    const { decision, outcome } = await example.recorded(answer)
    t.same(decision?.['endpoints'], ['covered-model', 'covered-standby'])
    t.match(outcome, { endpoint: 'covered-model', end: 'ok' })
  })

  await t.test('a researcher with health data is denied and nobody is called', async (t) => {
    const before = [open, covered, standby].map((upstream) => upstream.requests.length)
    const answer = await ask(phi, researcher)
    t.equal(answer.status, 403)
    t.equal(answer.headers.get('sallyport-decision'), 'deny')
    t.same([open, covered, standby].map((upstream) => upstream.requests.length), before)
  })

  await t.test('a researcher without health data is permitted', async (t) => {
    const answer = await ask(plain, researcher)
    t.equal(answer.status, 200)
    const { decision } = await example.recorded(answer)
    t.same(decision?.['reasons'], ['researchers'])
  })

  await t.test('where the first covered endpoint is down, the standby answers', async (t) => {
    await covered.refuse()
    const answer = await ask(phi, clinician)
    t.match(await answer.text(), /from the standby/)
    const { outcome } = await example.recorded(answer)
    t.match(outcome, { endpoint: 'covered-standby', end: 'ok' })
  })

  await t.test('where all covered endpoints are down, the public one still sees nothing', async (t) => {
    await standby.refuse()
    const before = open.requests.length
    const answer = await ask(phi, clinician)
    t.ok([502, 503].includes(answer.status))
    t.equal(open.requests.length, before)
    t.notOk(open.bodies().some((body) => body.includes('48213977')))
    const { outcome } = await example.recorded(answer)
    t.equal(outcome?.['end'], 'upstream_error')
  })

  t.match(await example.verified(), { code: 0, open: [], violations: [], broken: null })
})
