import t from 'tap'
import { MemoryCounters } from '../../../core/store/counters.ts'
import { MemoryReplay } from '../../../core/store/replay.ts'
import { concurrent, demand, requests, reservationOf } from './parts.ts'

t.test('keys that count no more are forgotten', async t => {
  let nowMs = 0
  const counters = new MemoryCounters(() => nowMs, 1000)
  for (let i = 0; i < 50_000; i++) {
    nowMs += 100
    reservationOf(counters.take(demand(`key-${i}`, [requests(1), 1])))
  }
  t.pass('a thousand are kept at once, fifty thousand came')
})

t.test('where all keys count, a new one is refused: none is forgotten for its sake', async t => {
  const counters = new MemoryCounters(() => 0, 3)
  for (const key of ['a', 'b', 'c']) reservationOf(counters.take(demand(key, [requests(1), 1])))
  t.throws(() => counters.take(demand('d', [requests(1), 1])), { code: 'GW_LIMIT_STORE_UNAVAILABLE' })
  t.match(counters.take(demand('a', [requests(1), 1])), { admitted: false })
})

t.test('a key with places taken is not forgotten', async t => {
  let nowMs = 0
  const counters = new MemoryCounters(() => nowMs, 2)
  reservationOf(counters.take(demand('busy', [concurrent(1), 1])))
  nowMs += 1_000_000
  for (let i = 0; i < 100; i++) {
    nowMs += 100_000
    reservationOf(counters.take(demand(`key-${i}`, [requests(1), 1])))
  }
  t.match(counters.take(demand('busy', [concurrent(1), 1])), { admitted: false })
})

t.test('a long key takes no more memory than a short one', async t => {
  const counters = new MemoryCounters(() => 0)
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2000; i++) reservationOf(counters.take(demand(`${'x'.repeat(30_000)}${i}`, [requests(1), 1])))
  t.ok(process.memoryUsage().heapUsed - before < 30_000_000)
})

t.test('claims that are over are forgotten; where all live, none is taken any more', async t => {
  let nowMs = 0
  const replay = new MemoryReplay(() => nowMs, 100)
  for (let i = 0; i < 10_000; i++) {
    nowMs += 100
    replay.claim(`a-${i}`, 5000)
  }
  nowMs += 10_000
  for (let i = 0; i < 40; i++) replay.claim(`b-${i}`, 60_000)
  for (let i = 0; i < 10; i++) replay.claim(`c-${i}`, 60_000)
  t.throws(() => { for (let i = 0; i < 100; i++) replay.claim(`d-${i}`, 60_000) }, { code: 'GW_LIMIT_STORE_UNAVAILABLE' })
  t.equal(replay.claim('b-1', 60_000), false, 'a claim that lives is still refused')
})

t.test('a clock that goes back makes no claim free', async t => {
  let nowMs = 100_000
  const replay = new MemoryReplay(() => nowMs)
  t.equal(replay.claim('a', 5000), true)
  nowMs = 50_000
  t.equal(replay.claim('a', 5000), false)
  t.equal(replay.claim('b', 5000), true)
  nowMs = 101_000
  t.equal(replay.claim('a', 5000), false)
})
