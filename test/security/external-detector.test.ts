/** Text that goes to a detector outside carries nothing that a local one has found and it may not be told. */
import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { startService, type Service } from '../plugins/classify/external/asking.ts'

const card = '4111111111111111'
const disguised = Buffer.from(`pay ${card}`).toString('base64')

async function openWith (t: Teardown, service: Service, config: Record<string, unknown> = {}): Promise<Scene & { log (): string }> {
  const file = join(temporaryFolder(t), 'gateway.log')
  const scene = await openScene(t, {
    stages: stages => stages.flatMap(stage => stage.plugin === 'classify.patterns' ? [stage, { plugin: 'classify.webhook', config: { url: service.url, name: 'names', labels: ['pii.*'], deadline: '5s', ...config } }] : [stage]),
    extra: { log: { level: 'trace', file } }
  })
  return { ...scene, log: () => readFileSync(file, 'utf8') }
}

t.test('cards and credentials are blanked, whatever their disguise, and what is found stands at its place', async t => {
  const service = await startService(t, ({ texts }) => ({ v: 1, findings: texts.flatMap((text, index) => text.includes('Jane') ? [{ text: index, label: 'pii.person', start: text.indexOf('Jane'), end: text.indexOf('Jane') + 4, confidence: 900 }] : []) }))
  const scene = await openWith(t, service)
  const answer = await chat(scene.gateway, { model: 'test-model', messages: [{ role: 'user', content: `card ${card} or ${disguised} of Jane, jane@example.org` }], metadata: { [card]: 'x' } }, { token: scene.token })
  t.equal(answer.status, 200)
  const sent = JSON.stringify(service.asked)
  t.notMatch(sent, card)
  t.notMatch(sent, disguised)
  t.match(sent, 'jane@example.org', 'what it may be told')
  t.match(scene.upstream.bodies()[0], `card ${card} or ${disguised} of [PERSON], [EMAIL_ADDRESS]`, 'and the endpoint gets what policy says')
  t.match((await scene.recorded(answer)).decision, { classification: { external: ['names'], labels: { 'pii.person': 1 } } })
})

t.test('one that gives no answer denies the request, by its code on record, and no log tells the text', async t => {
  const scene = await openWith(t, await startService(t, () => 500))
  const answer = await chat(scene.gateway, 'write to jane.roe@example.org', { token: scene.token })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'GW_CLASSIFY_EXTERNAL' } })
  const { decision } = await scene.recorded(answer)
  t.match(decision, { decision: 'deny', reasons: ['classify.external'] })
  t.equal(scene.upstream.requests.length, 0)
  t.match(scene.log(), 'gave no answer')
  t.notMatch(scene.log() + JSON.stringify(decision), /jane\.roe/)
})

t.test('or brings the level that stands for it, and is on record as skipped', async t => {
  const scene = await openWith(t, await startService(t, () => 500), { on_error: { floor: 'restricted' } })
  const answer = await chat(scene.gateway, 'hello', { token: scene.token })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('sallyport-classification'), 'restricted')
  t.match((await scene.recorded(answer)).decision, { skipped: [{ stage: 'classify.webhook', code: 'GW_CLASSIFY_EXTERNAL' }] })
})
