/** Lists of models: answered by the gateway itself from the permit, and on record like any other request. */
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { Ollama } from 'ollama'
import t from 'tap'
import { openScene } from '../helpers/scene.ts'
import { startUpstream } from '../helpers/upstream.ts'

const policy = `package gateway.policy.test

permit contains {"id": "own", "endpoints": ["near"]} if "clinician" in input.subject.roles

permit contains {"id": "all", "endpoints": ["near", "far"]} if "auditor" in input.subject.roles
`

t.test('callers see the models that their permit reaches, and no others', async t => {
  const upstream = await startUpstream(t)
  const endpoint = { provider: 'vllm', url: upstream.url }
  const scene = await openScene(t, {
    policy: { 'policy.rego': policy },
    endpoints: { near: endpoint, far: endpoint },
    models: { small: { family: 'tiny', endpoints: ['near'] }, 'meta/large': { endpoints: ['far'] }, both: { endpoints: ['far', 'near'] } },
    routes: [
      { path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' },
      { path: '/v1/models/*', protocol: 'openai.models', pipeline: 'default' },
      { path: '/anthropic/v1/models/*', protocol: 'anthropic.models', pipeline: 'default' },
      { path: '/api/*', protocol: 'ollama', pipeline: 'default' }
    ]
  })
  const { address } = scene.gateway
  const clinician = await scene.issuer.sign({ sub: 'u-1', tenant: 'acme', roles: ['clinician'], aud: 'sallyport' })
  const auditor = await scene.issuer.sign({ sub: 'u-2', tenant: 'acme', roles: ['auditor'], aud: 'sallyport' })
  const openai = (apiKey: string): OpenAI => new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries: 0 })
  const idsFor = async (token: string): Promise<string[]> => (await openai(token).models.list()).data.map(({ id }) => id)

  t.same(await idsFor(clinician), ['small', 'both'])
  t.same(await idsFor(auditor), ['small', 'meta/large', 'both'])
  await t.rejects(idsFor(await scene.issuer.sign({ sub: 'u-3', tenant: 'acme', roles: ['guest'], aud: 'sallyport' })), { status: 403, code: 'GW_POLICY_DENIED' })

  await t.test('one by name, where it can be reached', async t => {
    t.match(await openai(auditor).models.retrieve('meta/large'), { id: 'meta/large', object: 'model' })
    await t.rejects(openai(clinician).models.retrieve('meta/large'), { status: 404, code: 'GW_ROUTE_MODEL_UNKNOWN' })
  })

  await t.test('in the other dialects too', async t => {
    const anthropic = new Anthropic({ baseURL: `${address}/anthropic`, authToken: clinician, apiKey: null, maxRetries: 0 })
    t.same((await anthropic.models.list()).data.map(({ id }) => id), ['small', 'both'])
    t.equal((await anthropic.models.retrieve('both')).id, 'both')
    const ollama = new Ollama({ host: address, headers: { authorization: `Bearer ${clinician}` } })
    t.same((await ollama.list()).models.map(({ name, details }) => [name, details.family]), [['small', 'tiny'], ['both', '']])
  })

  await t.test('the record names no endpoint and no attempt, and nothing was sent', async t => {
    const answer = await fetch(`${address}/v1/models`, { headers: { authorization: `Bearer ${clinician}` } })
    await answer.text()
    t.equal(answer.headers.get('sallyport-decision'), 'permit')
    const { decision, outcome } = await scene.recorded(answer)
    t.match(decision, { input: { action: { name: 'models.list' }, request: { model: null } }, endpoints: ['near'], request: { method: 'GET' } })
    t.match(outcome, { endpoint: null, attempts: [], end: 'ok', status: 200, response: { decision: 'permit' }, usage: { input_tokens: 0, output_tokens: 0, estimated: false } })
    t.equal(upstream.requests.length, 0)
  })

  await t.test('what is no such request is refused, on record', async t => {
    const headers = { authorization: `Bearer ${clinician}` }
    const cases: Array<[path: string, status: number]> = [['/v1/models?limit=2', 400], ['/v1/models/%E0%A4%A', 400], ['/api/pull', 405], ['/api/chat', 405]]
    for (const [path, status] of cases) {
      const answer = await fetch(address + path, { headers })
      await answer.text()
      t.equal(answer.status, status, path)
      t.ok(answer.headers.get('sallyport-decision-id'), path)
    }
  })
  t.match(await scene.verified(), { code: 0 })
})
