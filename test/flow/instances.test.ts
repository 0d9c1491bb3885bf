/** Several gateways, each with its own log, that share what is limited in one Redis. */
import t from 'tap'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { chat, startChild, verify, type ChildGateway } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { startRedis } from '../helpers/redis.ts'
import { completion, startUpstream, type Upstream } from '../helpers/upstream.ts'

const used = 50
const limit = 3000

interface Instance { readonly gateway: ChildGateway, readonly configuration: string, readonly data: string }

async function openInstances (t: Teardown, count: number, upstream: Upstream, redisUrl: string): Promise<{ readonly instances: readonly Instance[], readonly token: string }> {
  const issuer = await createIssuer()
  const instances = await Promise.all(Array.from({ length: count }, async () => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'redis.url'), redisUrl)
    const configuration = writeConfiguration(folder, {
      issuer,
      endpoints: { main: upstream },
      extra: { store: { redis: { url: { file: 'redis.url' } } } },
      stages: ([identity, ...rest]) => [identity, { plugin: 'limit.quota', config: { per: ['tenant'], tokens_per_hour: limit, default_output: used } }, ...rest]
    })
    return { gateway: await startChild(t, configuration), configuration, data: join(folder, 'data') }
  }))
  return { instances, token: await issuer.sign() }
}

t.test('four gateways keep one quota, though Redis is killed and comes back empty: what was used never exceeds it', async t => {
  const redis = await startRedis(t)
  const upstream = await startUpstream(t, completion('x', { usage: { prompt_tokens: 20, completion_tokens: used - 20, total_tokens: used } }))
  const { instances, token } = await openInstances(t, 4, upstream, redis.url)
  const callers = instances.flatMap(({ gateway }) => Array.from({ length: 4 }, () => ({ gateway, told: [] as number[] })))
  const over = new AbortController()
  const load = Promise.all(callers.map(async ({ gateway, told }) => {
    while (!over.signal.aborted) {
      const answer = await chat(gateway, 'hi', { token })
      await answer.text()
      told.push(answer.status)
      if (answer.status !== 200) await new Promise(resolve => setTimeout(resolve, 20))
    }
  }))
  const until = async (condition: () => boolean): Promise<void> => { while (!condition()) await new Promise(resolve => setTimeout(resolve, 5)) }
  await until(() => upstream.requests.length >= 15)
  await redis.kill()
  const allAre = (status: number) => (): boolean => callers.every(({ told }) => told.at(-1) === status)
  await until(allAre(503))
  const without = upstream.requests.length
  for (const { told } of callers) await until(() => told.filter(status => status === 503).length >= 5)
  t.equal(upstream.requests.length, without, 'nothing is sent that could not be counted')
  await redis.start()
  await until(allAre(429))
  over.abort()
  await load
  t.ok(upstream.requests.length * used <= limit, `${upstream.requests.length * used} tokens`)
  t.ok(upstream.requests.length * used >= limit * 0.8, `${upstream.requests.length * used} tokens: what was reserved and given back may be used`)
  t.same([...new Set(callers.flatMap(({ told }) => told))].sort(), [200, 429, 503])
  for (const { gateway, configuration, data } of instances) {
    gateway.child.kill('SIGTERM')
    t.same(await gateway.exited, { code: 0, signal: null })
    t.match(await verify(configuration, data), { code: 0, open: [], violations: [] })
  }
})
