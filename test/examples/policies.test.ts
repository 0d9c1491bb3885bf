/** Four policies to start from, each as its configuration has it, with scripted endpoints. */
import t from 'tap'
import { signDevelopmentToken } from '../../plugins/identity/issuer/development.ts'
import { startExample, type RunningExample } from '../helpers/example.ts'
import { chat } from '../helpers/gateway.ts'
import { chatty, startUpstream } from '../helpers/upstream.ts'

for (const name of ['OPENAI_API_KEY', 'EU_API_KEY']) process.env[name] ??= 'key-of-a-test'

async function ask ({ gateway }: RunningExample, token: string, content: unknown, more: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return await chat(gateway, { model: 'assistant', messages: [{ role: 'user', content }], ...more }, { token, headers })
}

t.test('eu-residency: personal data, images and what a contract says stay in the region', async t => {
  const [us, eu] = [await startUpstream(t, chatty('from the US')), await startUpstream(t, chatty('from the EU'))]
  const example = await startExample(t, 'eu-residency', { 'model-us': us, 'model-eu': eu })
  const of = async (tenant: string): Promise<string> => await signDevelopmentToken(example.data, { issuer: 'https://people.localhost', audience: 'sallyport', claims: { sub: 'ada', tenant } })
  const [acme, stadtwerke] = [await of('acme'), await of('stadtwerke')]
  t.match(await (await ask(example, acme, 'Good morning')).text(), /from the US/)
  t.match(await (await ask(example, acme, 'Write to jane@corp.example')).text(), /from the EU/)
  t.match(await (await ask(example, stadtwerke, 'Good morning')).text(), /from the EU/)
  const image = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]
  t.match(await (await ask(example, acme, image)).text(), /from the EU/)
  t.equal(us.requests.length, 1)
})

t.test('secrets-never-leave: a credential is denied both ways, source code stays inside', async t => {
  const leaky = await startUpstream(t, chatty('Use AKIAQ3EGRZ7VXLPWN2DC'))
  const own = await startUpstream(t, chatty('from inside'))
  const example = await startExample(t, 'secrets-never-leave', { 'public-model': leaky, 'own-model': own })
  const token = await example.token('ada', 'staff')
  const denied = await ask(example, token, 'My key is AKIAQ3EGRZ7VXLPWN2DC')
  t.equal(denied.status, 403)
  t.match(await denied.json(), { error: { message: /^The prompt holds a credential/ } })
  t.equal(leaky.requests.length, 0)
  const blocked = await ask(example, token, 'What is the key?')
  t.equal(blocked.status, 403)
  t.notMatch(await blocked.text(), /AKIA/)
  t.match((await example.recorded(blocked)).outcome, { end: 'blocked', response: { decision: 'block', reasons: ['secret_in_answer'] } })
})

t.test('budget-by-role: cheap endpoints for interns, who must bound their answers', async t => {
  const [large, small] = [await startUpstream(t, chatty('from the large one')), await startUpstream(t, chatty('from the small one'))]
  const example = await startExample(t, 'budget-by-role', { 'large-model': large, 'small-model': small })
  const [engineer, intern, visitor] = [await example.token('ada', 'engineer'), await example.token('bob', 'intern'), await example.token('eve', 'visitor')]
  t.match(await (await ask(example, engineer, 'Hi', { max_tokens: 100 })).text(), /from the large one/)
  t.match(await (await ask(example, intern, 'Hi', { max_tokens: 100 })).text(), /from the small one/)
  for (const more of [{}, { max_tokens: 2000 }]) {
    const answer = await ask(example, intern, 'Hi', more)
    t.equal(answer.status, 403)
    t.match((await example.recorded(answer)).decision, { reasons: ['obligation.max_output_tokens'] })
  }
  t.match((await example.recorded(await ask(example, visitor, 'Hi'))).decision, { reasons: ['no_permit'] })
})

t.test('break-glass: restricted data in an emergency, with a reason on record', async t => {
  const example = await startExample(t, 'break-glass', { 'own-model': await startUpstream(t) })
  const [physician, onCall, visitor] = [await example.token('dr-shah', 'physician'), await example.token('sam', 'on_call'), await example.token('eve', 'visitor')]
  const text = 'Summarise: patient MRN: 48213977'
  t.match((await example.recorded(await ask(example, physician, text))).decision, { decision: 'permit', reasons: ['physicians'] })
  const silent = await ask(example, onCall, text)
  t.equal(silent.status, 403)
  t.match(await silent.json(), { error: { code: 'GW_POLICY_REASON_REQUIRED' } })
  const reason = { 'sallyport-reason': 'patient_safety' }
  const broken = await ask(example, onCall, text, {}, reason)
  t.equal(broken.status, 200)
  const { decision, outcome } = await example.recorded(broken)
  t.match(decision, { decision: 'permit', reasons: ['break_glass'], input: { request: { reason: 'patient_safety' } } })
  t.match(outcome, { response: { marked: ['glass_broken'] } })
  t.equal((await ask(example, visitor, text, {}, reason)).status, 403, 'a reason is never a grant')
})
