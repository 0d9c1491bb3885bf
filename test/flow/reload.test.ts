import t from 'tap'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chat, records } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { chatty } from '../helpers/upstream.ts'

const adminToken = 'swordfish'

async function openReloadable (t: Parameters<typeof openScene>[0], more: Parameters<typeof openScene>[1] = {}): Promise<Scene> {
  return await openScene(t, {
    ...more,
    extra: { admin: { address: '127.0.0.1:0', token: { file: 'admin.token' } } },
    before: configuration => { writeFileSync(join(dirname(configuration), 'admin.token'), adminToken) }
  })
}

async function reload (scene: Scene): Promise<Response> {
  return await fetch(`${scene.gateway.adminAddress}/reload`, { method: 'POST', headers: { authorization: `Bearer ${adminToken}` } })
}

function change (scene: Scene, edit: (document: Record<string, unknown>) => void): void {
  const document = JSON.parse(readFileSync(scene.configuration, 'utf8')) as Record<string, unknown>
  edit(document)
  writeFileSync(scene.configuration, JSON.stringify(document))
}

const forbidAll = 'package gateway.policy.test\n\nforbid contains {"code": "closed_now"}\n'

t.test('a reload puts a new policy in force for the next request, on record', async t => {
  const scene = await openReloadable(t)
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200)
  writeFileSync(join(dirname(scene.configuration), 'policy/test.rego'), forbidAll)
  t.equal((await reload(scene)).status, 200)
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 403)
  t.match((await scene.recorded(answer)).decision, { reasons: ['closed_now'] })
  const events = (await records(scene.data)).filter(({ body }) => body.kind === 'system' && body['event'] === 'configuration')
  t.match(events.at(-1)?.body, { accepted: true, reason: 'reload' })
})

t.test('a configuration with a fault changes nothing, and its refusal is on record', async t => {
  const scene = await openReloadable(t)
  change(scene, document => { document['region'] = 7 })
  const answer = await reload(scene)
  t.equal(answer.status, 409)
  t.match(await answer.json(), { error: /GW_CONFIG_INVALID/ })
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200)
  const events = (await records(scene.data)).filter(({ body }) => body.kind === 'system' && body['event'] === 'configuration')
  t.match(events.at(-1)?.body, { accepted: false })
})

t.test('what needs a restart is refused by name', async t => {
  const scene = await openReloadable(t)
  change(scene, document => { document['data'] = './elsewhere' })
  t.match(await (await reload(scene)).json(), { error: /data cannot change while the gateway runs/ })
})

t.test('a request under way keeps the policy it began with', async t => {
  let letGo: (value?: unknown) => void = () => {}
  const until = new Promise(resolve => { letGo = resolve })
  const scene = await openReloadable(t, { script: (request, index) => index === 0 ? { kind: 'wait', until, then: chatty()(request, 0) } : chatty()(request, index) })
  const underWay = chat(scene.gateway, 'hi', { token: scene.token })
  await scene.upstream.request(0)
  writeFileSync(join(dirname(scene.configuration), 'policy/test.rego'), forbidAll)
  t.equal((await reload(scene)).status, 200)
  letGo()
  const answer = await underWay
  t.equal(answer.status, 200)
  const { decision, outcome } = await scene.recorded(answer)
  t.match(outcome, { end: 'ok', response: { decision: 'permit' } })
  const after = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(after.status, 403)
  const versions = [decision, (await scene.recorded(after)).decision].map(body => (body['policy'] as { version: string }).version)
  t.not(versions[0], versions[1])
})

/** The default stages with this configuration of the policy. */
function withPolicy (config: Readonly<Record<string, unknown>>): NonNullable<NonNullable<Parameters<typeof openScene>[1]>['stages']> {
  return stages => stages.map(stage => stage.plugin === 'policy.rego' ? { plugin: 'policy.rego', config } : stage)
}

t.test('the policy in force is on record, and one that changed goes live by itself where it is watched', async t => {
  const scene = await openScene(t, { stages: withPolicy({ dir: './policy', deadline: '2s', watch: true }) })
  const loads = async (): Promise<unknown[]> => (await records(scene.data)).map(({ body }) => body).filter(body => body.kind === 'system' && body['event'] === 'policy_load')
  t.match(await loads(), [{ accepted: true, version: /^dir@sha256:/, digest: /^sha256:/, replaces: null, shadow: false, reason: '' }])
  writeFileSync(join(dirname(scene.configuration), 'policy/test.rego'), 'package gateway.policy.test\n\nforbid\n')
  while ((await loads()).length < 2) await new Promise(resolve => setTimeout(resolve, 50))
  t.match((await loads())[1], { accepted: false, version: null, replaces: /^dir@/, reason: /test\.rego:3:1/ })
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200, 'the last good one stays')
  writeFileSync(join(dirname(scene.configuration), 'policy/test.rego'), forbidAll)
  while ((await loads()).length < 3) await new Promise(resolve => setTimeout(resolve, 50))
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 403)
})

t.test('without a policy the gateway is not ready and permits nothing; with one it is', async t => {
  const scene = await openReloadable(t, { stages: withPolicy({ bundle: 'http://127.0.0.1:9/policy.tar.gz' }) })
  const ready = await fetch(`${scene.gateway.adminAddress}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { unready: ['policy'] })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'GW_POLICY_UNAVAILABLE' } })
  t.equal((await fetch(`${scene.gateway.adminAddress}/healthz`)).status, 200)
})
