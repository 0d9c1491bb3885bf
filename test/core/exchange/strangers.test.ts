import t from 'tap'
import { Strangers } from '../../../core/exchange/strangers.ts'

const perSecond = (count: number): { count: number, perMs: number } => ({ count, perMs: 1000 })

t.test('a peer has its own rate, and it refills with time', async t => {
  const strangers = new Strangers(perSecond(2), perSecond(100), 0)
  t.same([1, 2, 3].map(() => strangers.admit('a', 0)), [true, true, false])
  t.equal(strangers.admit('b', 0), true, 'another peer is not touched')
  t.equal(strangers.admit('a', 400), false)
  t.equal(strangers.admit('a', 1000), true)
})

t.test('all peers together have one rate', async t => {
  const strangers = new Strangers(perSecond(10), perSecond(3), 0)
  t.same(['a', 'b', 'c', 'd'].map(peer => strangers.admit(peer, 0)), [true, true, true, false])
})

t.test('a trusted peer is held to the total alone', async t => {
  const strangers = new Strangers(perSecond(1), perSecond(3), 0)
  t.same([1, 2, 3, 4].map(() => strangers.admit(null, 0)), [true, true, true, false])
})

t.test('a clock that goes back admits nobody more', async t => {
  const strangers = new Strangers(perSecond(1), perSecond(100), 5000)
  t.equal(strangers.admit('a', 5000), true)
  t.equal(strangers.admit('a', 1000), false)
})

t.test('a million peers do not grow the memory without bound', async t => {
  const strangers = new Strangers(perSecond(1), { count: 2_000_000, perMs: 1000 }, 0)
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 1_000_000; i++) strangers.admit(`peer-${i}`, 0)
  t.ok(process.memoryUsage().heapUsed - before < 100_000_000)
})
