/** Endpoints that answer, fail, stall and cut as they like. `REQUESTS=20000` sends as many. */
import t from 'tap'
import { createHash } from 'node:crypto'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { completion, startUpstream, type Step, type Upstream } from '../helpers/upstream.ts'

const total = Number(process.env['REQUESTS'] ?? 300)
const atOnce = 8
const ids = ['a', 'b', 'c', 'd'] as const
const retries = 2

const tooLong = { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } }

/** What an endpoint may do. Of those marked it has not answered: a request may come again. */
const reactions: ReadonlyArray<{ readonly step: Step, readonly isUnanswered?: true }> = [
  { step: completion('well') },
  { step: completion('well again') },
  { step: { kind: 'json', status: 500, body: {} } },
  { step: { kind: 'json', status: 429, body: {}, headers: { 'retry-after-ms': '1' } } },
  { step: { kind: 'json', status: 401, body: {} } },
  { step: { kind: 'json', status: 400, body: { error: { message: 'no', type: 'invalid_request_error' } } } },
  { step: { kind: 'json', status: 400, body: tooLong } },
  { step: { kind: 'json', status: 307, body: {}, headers: { location: 'http://127.0.0.1:9/' } } },
  { step: { kind: 'cut', after: 'request' }, isUnanswered: true },
  { step: { kind: 'cut', after: 'head' } },
  { step: { kind: 'garbage' } }
]

const seen = new Map<string, Array<{ readonly endpoint: string, readonly isUnanswered: boolean }>>()

/** The same for the same request, endpoint and time it comes. */
function react (endpoint: string, body: Buffer): Step {
  const [name = ''] = /request-\d+/.exec(body.toString()) ?? []
  const before = seen.get(name) ?? []
  const digest = createHash('sha256').update(`${name} ${endpoint} ${before.length}`).digest()
  const { step, isUnanswered = false } = reactions[digest.readUInt32BE() % reactions.length] ?? { step: completion('') }
  seen.set(name, [...before, { endpoint, isUnanswered }])
  return step
}

/** Every set of endpoints is the permit of a model, whatever the model's own endpoints are. */
const sets = Array.from({ length: 2 ** ids.length - 1 }, (_, index) => ids.filter((_id, bit) => ((index + 1) >> bit) % 2 === 1))
const nameOf = (set: readonly string[]): string => `m.${set.join('')}`

const policy = `package gateway.policy.test

permit contains {"id": "named", "endpoints": endpoints} if {
  endpoints := {id | some id, _ in data.gateway.endpoints; contains(trim_prefix(input.request.model, "m."), id)}
}
`

t.test('property: whatever endpoints do, each request has one answer and one outcome, stays inside its permit, and comes again to nobody who had answered', async t => {
  const upstreams: Record<string, Upstream> = Object.fromEntries(await Promise.all(ids.map(async id => [id, await startUpstream(t, ({ body }) => react(id, body))] as const)))
  const health = { consecutive_failures: 1_000_000, failure_rate: 0.99, least_requests: 1_000_000, retry_budget: 1 }
  const scene = await openScene(t, {
    endpoints: Object.fromEntries(ids.map(id => [id, { provider: 'openai', url: upstreams[id]?.url ?? '', health }])),
    models: Object.fromEntries(sets.map((set, index) => [nameOf(set), { endpoints: ids, retries, strategy: (['ordered', 'weighted', 'least_busy', 'sticky', 'lowest_latency'] as const)[index % 5] }])),
    policy: { 'policy.rego': policy },
    extra: { log: { level: 'fatal' } }
  })
  const wrong: string[] = []
  let next = 0
  const one = async (index: number): Promise<void> => {
    const set = sets[index % sets.length] ?? []
    const name = `request-${index}`
    const answer = await chat(scene.gateway, { model: nameOf(set), messages: [{ role: 'user', content: `${name} ` }] }, { token: scene.token })
    const text = await answer.text()
    const dials = seen.get(name) ?? []
    const check = (holds: boolean, rule: string): void => { if (!holds) wrong.push(`${name} (${nameOf(set)}): ${rule}: ${answer.status} ${JSON.stringify(dials)}`) }
    check(JSON.parse(text) !== null && [200, 400, 429, 502, 503].includes(answer.status), 'one answer')
    check(dials.every(({ endpoint }) => set.includes(endpoint as 'a')), 'inside the permit')
    for (const id of ids) {
      const own = dials.filter(({ endpoint }) => endpoint === id)
      check(own.slice(0, -1).every(({ isUnanswered }) => isUnanswered) && own.length <= 1 + retries, 'comes again to nobody who had answered')
    }
    if (index % 10 !== 0) return // to look at a record costs more than the request
    const { outcome } = await scene.recorded(answer)
    const attempts = outcome?.['attempts'] as ReadonlyArray<Record<string, unknown>>
    check(JSON.stringify(attempts.filter(({ status, error }) => status !== null || error !== 'GW_ROUTE_NO_ENDPOINT_HEALTHY').map(({ endpoint }) => endpoint)) === JSON.stringify(dials.map(({ endpoint }) => endpoint)), 'every dial on record')
    check(outcome?.['status'] === answer.status, 'the outcome says what the caller was told')
  }
  await Promise.all(Array.from({ length: atOnce }, async () => { while (next < total) await one(next++) }))
  t.same(wrong.slice(0, 5), [])
  const all = [...seen.values()].flat()
  t.ok(all.length > total, 'some were sent to several')
  t.ok([...seen.values()].some(dials => dials.length > new Set(dials.map(({ endpoint }) => endpoint)).size), 'some came again')
  t.match(await scene.verified(), { code: 0, open: [], violations: [] })
})
