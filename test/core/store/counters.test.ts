/** The same rules for every store: in memory, in Redis, in a cluster. */
import t from 'tap'
import { pino } from 'pino'
import type { Store } from '../../../core/store/contract.ts'
import { openMemoryStore } from '../../../core/store/memory.ts'
import { openStore } from '../../../core/store/open.ts'
import { startCluster, startRedis } from '../../helpers/redis.ts'
import type { Teardown } from '../../helpers/folder.ts'
import { admittedOf, concurrent, demand, dollars, requests, reservationOf, tokens } from './parts.ts'

const log = pino({ level: 'silent' })

const kinds: Readonly<Record<string, (t: Teardown) => Promise<Store>>> = {
  memory: async () => openMemoryStore(() => Date.now()),
  redis: async t => await open(t, [(await startRedis(t)).url], false),
  cluster: async t => await open(t, (await startCluster(t)).map(({ url }) => url), true)
}

async function open (t: Teardown, urls: readonly string[], cluster: boolean): Promise<Store> {
  const store = await openStore({ redis: { urls, cluster, prefix: 'test', timeoutMs: 2000 } }, log, () => Date.now())
  t.teardown(() => store.close())
  return store
}

for (const [kind, start] of Object.entries(kinds)) {
  t.test(kind, async t => {
    const { counters, replay, ready } = await start(t)
    t.ok(ready(), 'the store can be asked')

    t.test('64 at once get no more than the limit', async t => {
      t.equal(await admittedOf(counters, 64, demand('flood', [requests(10), 1])), 10)
    })

    t.test('all meters are taken, or none', async t => {
      const asked = demand('joint', [requests(100), 1], [tokens(50), 20])
      t.equal(await admittedOf(counters, 5, asked), 2)
      const after = await counters.take(demand('joint', [requests(100), 0], [tokens(50), 0]))
      t.same(after.levels.map(({ used }) => used), [2, 40], 'the refused took no request')
    })

    t.test('a refusal names the first meter that is over, and a wait after which it is met', async t => {
      await counters.take(demand('wait', [requests(1), 1], [tokens(10), 5]))
      const refused = await counters.take(demand('wait', [requests(1), 1], [tokens(10), 6]))
      t.match(refused, { admitted: false, over: 0 })
      const waitMs = refused.admitted ? 0 : refused.retryAfterMs ?? 0
      t.ok(waitMs > 55_000 && waitMs <= 61_000, String(waitMs))
    })

    t.test('what is larger than the limit is never met', async t => {
      t.match(await counters.take(demand('large', [tokens(10), 11])), { admitted: false, over: 0, retryAfterMs: null })
    })

    t.test('settling replaces what was reserved by what was used', async t => {
      const meters = (amount: number): Parameters<typeof demand> => ['settle', [tokens(100), amount], [dollars(1000), amount * 2]]
      const reservation = reservationOf(await counters.take(demand(...meters(60))))
      t.match(await counters.take(demand(...meters(60))), { admitted: false, over: 0 })
      await counters.settle(reservation, [10, 25])
      t.match((await counters.take(demand(...meters(0)))).levels.map(({ used }) => used), [10, 25])
      const second = reservationOf(await counters.take(demand(...meters(60))))
      await counters.settle(second, [95, 200])
      t.match((await counters.take(demand(...meters(0)))).levels.map(({ used }) => used), [105, 225], 'what was used beyond the reservation counts')
    })

    t.test('a concurrent place is given back when it is settled', async t => {
      const asked = demand('places', [concurrent(2), 1])
      const first = reservationOf(await counters.take(asked))
      reservationOf(await counters.take(asked))
      t.match(await counters.take(asked), { admitted: false, over: 0 })
      await counters.settle(first, [0])
      t.match(await counters.take(asked), { admitted: true })
    })

    t.test('a period that has begun ends the one before, and one that is over never comes back', async t => {
      const october = dollars(100, '2026-10')
      const november = dollars(100, '2026-11')
      const late = reservationOf(await counters.take(demand('period', [october, 90])))
      t.match(await counters.take(demand('period', [november, 90])), { admitted: true })
      t.match(await counters.take(demand('period', [october, 90])), { admitted: false }, 'a clock that is behind counts in the newer period')
      await counters.settle(late, [0])
      t.match((await counters.take(demand('period', [november, 0]))).levels, [{ used: 90 }], 'a settlement of the old period changes nothing in the new')
    })

    t.test('keys do not touch each other', async t => {
      t.equal(await admittedOf(counters, 2, demand('a', [requests(1), 1])), 1)
      t.equal(await admittedOf(counters, 2, demand('b', [requests(1), 1])), 1)
    })

    t.test('of 64 claims of one key at once one wins', async t => {
      const won = await Promise.all(Array.from({ length: 64 }, async () => await replay.claim('jti-1', 5000)))
      t.equal(won.filter(Boolean).length, 1)
      t.equal(await replay.claim('jti-2', 5000), true)
    })

    t.test('a claim ends with its time to live', async t => {
      t.equal(await replay.claim('short', 100), true)
      t.equal(await replay.claim('short', 100), false)
      await new Promise(resolve => setTimeout(resolve, 150))
      t.equal(await replay.claim('short', 100), true)
    })
  })
}
