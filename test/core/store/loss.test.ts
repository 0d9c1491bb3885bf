/** A store that is gone, slow, or back without its memory: nothing is admitted on a guess, and nothing twice. */
import t from 'tap'
import { pino } from 'pino'
import type { Demand, Store, Taken } from '../../../core/store/contract.ts'
import { openStore } from '../../../core/store/open.ts'
import { startCluster, startRedis, type TestRedis } from '../../helpers/redis.ts'
import type { Teardown } from '../../helpers/folder.ts'
import { concurrent, demand, dollars, requests, reservationOf, tokens } from './parts.ts'

t.jobs = 8 // most of the time is waiting

const unavailable = { code: 'GW_LIMIT_STORE_UNAVAILABLE' }

async function open (t: Teardown, ...nodes: readonly TestRedis[]): Promise<Store> {
  const store = await openStore({ redis: { urls: nodes.map(({ url }) => url), cluster: nodes.length > 1, prefix: 'test', timeoutMs: 300 } }, pino({ level: 'silent' }), () => Date.now())
  t.teardown(() => store.close())
  return store
}

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

/** Asks until the store answers. */
async function takeWhenReady (store: Store, asked: Demand): Promise<Taken> {
  for (;;) {
    await until(() => store.ready())
    try {
      return await store.counters.take(asked)
    } catch {}
  }
}

t.test('a store that is not there does not keep a gateway from opening, and refuses every demand', { buffered: true }, async t => {
  const redis = await startRedis(t)
  await redis.kill()
  const store = await open(t, redis)
  t.equal(store.ready(), false)
  await t.rejects(async () => await store.counters.take(demand('k', [requests(1), 1])), unavailable)
  await t.rejects(async () => await store.replay.claim('k', 1000), unavailable)
  await redis.start()
  t.match(await takeWhenReady(store, demand('k', [requests(1), 1])), { admitted: true })
})

t.test('a store that does not answer in time is lost', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const store = await open(t, redis)
  redis.signal('SIGSTOP')
  const startedMs = performance.now()
  await t.rejects(async () => await store.counters.take(demand('k', [requests(1), 1])), unavailable)
  t.ok(performance.now() - startedMs < 2000)
  redis.signal('SIGCONT')
  await new Promise(resolve => setTimeout(resolve, 300))
  t.match(await store.counters.take(demand('k', [requests(1), 1])), { admitted: false }, 'the demand that was not answered may have been met, and counts')
})

t.test('a store that comes back empty is told by every gateway what it had counted, before any of them asks again', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const stores = await Promise.all([open(t, redis), open(t, redis), open(t, redis)])
  const asked = demand('shared', [requests(10), 1], [dollars(1000), 100])
  for (const store of stores) for (let i = 0; i < 2; i++) reservationOf(await store.counters.take(asked))
  t.equal(await stores[0]?.replay.claim('jti', 60_000), true)
  await redis.kill()
  await until(() => stores.every(store => !store.ready()))
  await redis.start()
  const after = await Promise.all(stores.map(async store => {
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await takeWhenReady(store, asked))
    return answers
  }))
  t.equal(after.flat().filter(({ admitted }) => admitted).length, 4, 'six were taken of ten')
  t.match(await redis.ask('DBSIZE'), 3, 'the counts, the claim, the mark')
  t.equal(await stores[1]?.replay.claim('jti', 60_000), false, 'a claim of another gateway is still known')
})

t.test('a store that is emptied under a standing connection is told again', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const store = await open(t, redis)
  const asked = demand('k', [requests(5), 1])
  for (let i = 0; i < 4; i++) reservationOf(await store.counters.take(asked))
  await redis.ask('FLUSHALL')
  reservationOf(await store.counters.take(asked))
  await new Promise(resolve => setTimeout(resolve, 100))
  t.match(await store.counters.take(asked), { admitted: false })
})

t.test('what is settled while the store is away is settled when it is back', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const store = await open(t, redis)
  const reservation = reservationOf(await store.counters.take(demand('k', [tokens(100), 90])))
  await redis.kill()
  await until(() => !store.ready())
  await store.counters.settle(reservation, [20])
  await redis.start()
  t.match(await takeWhenReady(store, demand('k', [tokens(100), 0])), { levels: [{ used: 20 }] })
})

t.test('a gateway that admits alone counts on its own, and the store learns of it', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const store = await open(t, redis)
  const asked = demand('k', [requests(3), 1])
  reservationOf(await store.counters.take(asked))
  await redis.kill()
  await until(() => !store.ready())
  const alone = await Promise.all([1, 2, 3].map(async () => await store.counters.local.take(asked)))
  t.same(alone.map(({ admitted }) => admitted), [true, true, false], 'its own share has the limit')
  await redis.start()
  t.match(await takeWhenReady(store, demand('k', [requests(3), 0])), { levels: [{ used: 3 }] })
})

t.test('places of a gateway that was killed are free again when their lease ends; those of a living one are held anew', { buffered: true }, async t => {
  const redis = await startRedis(t)
  const store = await open(t, redis)
  reservationOf(await store.counters.take(demand('k', [concurrent(2), 1])))
  const key = String((await redis.ask('KEYS', '*leases') as string[])[0])
  await redis.ask('ZADD', key, String(Date.now() - 1), 'a gateway that is gone')
  t.match(await store.counters.take(demand('k', [concurrent(2), 1])), { admitted: true })
  t.ok(Number(await redis.ask('PTTL', key)) > 20_000, 'a lease lasts thirty seconds')
})

t.test('a node of a cluster that comes back empty is told again', { buffered: true }, async t => {
  const nodes = await startCluster(t)
  const store = await open(t, ...nodes)
  await until(() => store.ready())
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
  for (const key of keys) reservationOf(await store.counters.take(demand(key, [requests(1), 1])))
  await nodes[1]?.kill()
  await until(() => !store.ready())
  await nodes[1]?.start()
  const again = []
  for (const key of keys) again.push(await takeWhenReady(store, demand(key, [requests(1), 1])))
  t.equal(again.filter(({ admitted }) => admitted).length, 0)
})

for (const kind of ['one server', 'a cluster']) {
  t.test(`hints reach the other instances and not who tells them, also after ${kind} was away`, { buffered: true }, async t => {
    const nodes = kind === 'a cluster' ? await startCluster(t) : [await startRedis(t)]
    const stores = await Promise.all([open(t, ...nodes), open(t, ...nodes), open(t, ...nodes)])
    const heard: string[] = []
    for (const [index, store] of stores.entries()) store.hints.listen((endpoint, ms) => { heard.push(`${index} ${endpoint} ${ms}`) })
    const tell = async (endpoint: string): Promise<void> => {
      while (heard.filter(line => line.includes(endpoint)).length < 2) {
        stores[0]?.hints.tell(endpoint, 1000)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    await tell('first')
    if (kind === 'one server') {
      await nodes[0]?.kill()
      t.doesNotThrow(() => stores[0]?.hints.tell('lost', 1000))
      await nodes[0]?.start()
      await tell('second')
    }
    await nodes[0]?.ask('PUBLISH', 'test:hints', 'no hint')
    await nodes[0]?.ask('PUBLISH', 'test:hints', '{"from":"x","endpoint":"e","ms":-1}')
    await tell('last')
    t.ok(heard.every(line => /^[12] (?:first|second|last) 1000$/.test(line)), heard.join())
  })
}
