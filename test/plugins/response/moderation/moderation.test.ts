/** A moderation service judges answers: within its deadline, by labels of its own, and never sees what must not leave. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import t from 'tap'
import type { Answer, Shape, StageResult } from '../../../../core/pipeline/plugin.ts'
import type { Decision, ResponseJudgement } from '../../../../core/enforce/decision.ts'
import moderation from '../../../../plugins/response/moderation/index.ts'
import type { ResponseModerationConfig } from '../../../../plugins/response/moderation/config.ts'
import type { Teardown } from '../../../helpers/folder.ts'
import { laneOf, scanText } from '../filter/parts.ts'

interface Seen { readonly body: { readonly v: number, readonly decision_id: string, readonly texts: ReadonlyArray<{ readonly kind: string, readonly path: string, readonly text: string }> }, readonly headers: IncomingMessage['headers'] }

/** A service that answers with this text; null: never. */
async function service (t: Teardown, answer: string | null, status = 200): Promise<{ readonly url: string, readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ body: JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'], headers: request.headers })
      if (answer !== null) response.writeHead(status, { location: '/elsewhere' }).end(answer)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/judge`, seen }
}

interface Ran { readonly result: StageResult<'response'>, readonly inputs: ReadonlyArray<Readonly<Record<string, unknown>>> }

async function run (t: Teardown, config: ResponseModerationConfig, given: { readonly texts?: readonly string[], readonly judgement?: Partial<ResponseJudgement>, readonly signal?: AbortSignal } = {}): Promise<Ran> {
  const inputs: Array<Readonly<Record<string, unknown>>> = []
  const stage = await moderation.setup(config as never, {
    log: pino({ level: 'silent' }),
    folder: '.',
    data: '.',
    taxonomy: ['public', 'internal', 'restricted'],
    closing: new AbortController().signal,
    detectors: { scan: scanText, stream: () => { throw new Error('nothing here is a stream') }, tag: found => found.length === 0 ? 'internal' : 'restricted' }
  })
  t.teardown(async () => { await stage.close?.() })
  const judge: Decision['judge'] = async input => {
    inputs.push(input)
    return { effect: 'permit', reasons: [], redactions: [], obligations: [], ...given.judgement }
  }
  const decision = { id: '01a2132d-7ed5-79f3-8af2-7d879e3d1c30', obligations: [], redactions: [], unscanned: [], judge } as Partial<Decision> as Decision
  const field = { name: 'id', kind: 'field', path: ['id'], text: 'chatcmpl-1' } as const
  const answer: Answer = { status: 200, lanes: [...(given.texts ?? ['hello']).map(laneOf), field], finish: 'stop', tools: [], unscanned: [], bytes: 99, stream: false }
  const shape = { model: 'gpt-4o' } as Partial<Shape> as Shape
  const result = await stage.run({ decision, answer, shape, endpoint: { id: 'azure-eu', reason: 'primary' } }, given.signal ?? new AbortController().signal)
  return { result, inputs }
}

const nothing = '{"v":1,"labels":[]}'
const hate = '{"v":1,"labels":[{"label":"moderation.hate","confidence":930,"text":1}]}'

t.test('texts are sent, fields are not; nothing said is nothing asked', async t => {
  const { url, seen } = await service(t, nothing)
  const { result, inputs } = await run(t, { url }, { texts: ['hello', 'there'] })
  t.strictSame(seen.map(({ body }) => body), [{ v: 1, decision_id: '01a2132d-7ed5-79f3-8af2-7d879e3d1c30', texts: [{ kind: 'text', path: '/choices/0/message/content', text: 'hello' }, { kind: 'text', path: '/choices/1/message/content', text: 'there' }] }])
  t.match(result, { kind: 'continue', facts: { response: { decision: 'permit', reasons: ['external.moderation'], mode: 'buffer' } } })
  t.strictSame(inputs, [])
})

t.test('the policy judges what the service says', async t => {
  const { url } = await service(t, hate)
  const { result, inputs } = await run(t, { url, name: 'acme' }, { texts: ['hello', 'there'], judgement: { effect: 'block', reasons: ['hateful'] } })
  t.match(inputs, [{ endpoint: 'azure-eu', finish: 'stop', classification: { labels: { 'moderation.hate': { count: 1, max_confidence: 930 } }, findings: [{ label: 'moderation.hate', path: '/choices/*/message/content', count: 1 }] } }])
  t.match(result, { facts: { response: { decision: 'block', reasons: ['external.acme', 'hateful'], edits: [] } } })
})

t.test('a text can be taken out for its label', async t => {
  const { url } = await service(t, hate)
  const { result } = await run(t, { url }, { texts: ['hello', 'there'], judgement: { effect: 'redact', redactions: [{ labels: ['moderation.*'], operator: 'replace' }] } })
  t.match(result, { facts: { response: { decision: 'redact', redactions: 1, edits: [{ lane: 1, start: 0, end: 5, replacement: '[HATE]' }] } } })
})

t.test('what must never leave is blanked before it is sent', async t => {
  const { url, seen } = await service(t, nothing)
  const key = `AKIA${'Q3EGRZ7VXLPWN2DC'}`
  await run(t, { url, never: ['secret.*', 'pci.*'] }, { texts: [`the key ${key} and the card 4111111111111111 of a@b.example`] })
  t.equal(seen[0]?.body.texts[0]?.text, `the key ${'*'.repeat(20)} and the card ${'*'.repeat(16)} of a@b.example`)
})

t.test('the token is sent as a bearer', async t => {
  const { url, seen } = await service(t, nothing)
  process.env['SALLYPORT_TEST_MODERATION'] = 'a-token'
  t.teardown(() => { delete process.env['SALLYPORT_TEST_MODERATION'] })
  await run(t, { url, token: { env: 'SALLYPORT_TEST_MODERATION' } })
  t.equal(seen[0]?.headers.authorization, 'Bearer a-token')
})

t.test('without a judgement nothing is released', async t => {
  const bad: ReadonlyArray<readonly [name: string, answer: string | null, status?: number]> = [
    ['too late', null], ['another status', nothing, 503], ['a redirect', nothing, 302], ['no JSON', 'OK'], ['another form', '{"flagged":false}'], ['another version', '{"v":2,"labels":[]}'],
    ['a label of another category', '{"v":1,"labels":[{"label":"pci.credit_card","confidence":1}]}'], ['a confidence that is none', '{"v":1,"labels":[{"label":"moderation.hate","confidence":0.9}]}'],
    ['a text that was not sent', '{"v":1,"labels":[{"label":"moderation.hate","confidence":1,"text":7}]}'], ['too much', `{"v":1,"labels":[],"x":"${'x'.repeat(70_000)}"}`]
  ]
  for (const [name, answer, status] of bad) {
    const { url } = await service(t, answer, status)
    const { result } = await run(t, { url, deadline: '150ms' })
    t.match(result, { kind: 'halt', error: { code: 'GW_RESPONSE_FAILED' } }, name)
  }
  t.match((await run(t, { url: 'http://127.0.0.1:9/' })).result, { kind: 'halt', error: { code: 'GW_RESPONSE_FAILED' } }, 'nobody there')
})

t.test('a caller who leaves ends the question', async t => {
  const { url } = await service(t, null)
  const controller = new AbortController()
  const ran = run(t, { url, deadline: '10m' }, { signal: controller.signal })
  controller.abort()
  t.match((await ran).result, { kind: 'halt' })
})

t.test('text leaves over TLS, or on loopback alone', async t => {
  for (const url of ['http://moderation.example/', 'ftp://127.0.0.1/', 'not a url', 'https://user:password@moderation.example/']) {
    t.match(moderation.check?.({ url } as never, {} as never), [{ path: ['url'] }], url)
  }
  t.strictSame(moderation.check?.({ url: 'https://moderation.example/' } as never, {} as never), [])
  t.match(moderation.check?.({ url: 'https://moderation.example/', deadline: '0s' } as never, {} as never), [{}])
})
