import t from 'tap'
import fc from 'fast-check'
import { SlidingWindow } from '../../../core/store/window.ts'

t.test('an amount counts for the whole window and one slot at most', async t => {
  const window = new SlidingWindow(60_000)
  window.add(5, 1500)
  t.equal(window.sum(61_499), 5, 'one millisecond before its minute is over')
  t.equal(window.sum(61_999), 5, 'its slot is not over yet')
  t.equal(window.sum(62_000), 0)
})

t.test('what is given back counts no more', async t => {
  const window = new SlidingWindow(60_000)
  const slot = window.add(10, 0)
  window.adjust(slot, -4, 30_000)
  t.equal(window.sum(30_000), 6)
})

t.test('of a slot that is over nothing is given back, and what is added counts from now', async t => {
  const window = new SlidingWindow(60_000)
  const slot = window.add(10, 0)
  window.adjust(slot, -10, 70_000)
  t.equal(window.sum(70_000), 0)
  window.adjust(slot, 3, 70_000)
  t.equal(window.sum(70_000), 3)
})

t.test('it says when it falls to a level, and when it is empty', async t => {
  const window = new SlidingWindow(60_000)
  window.add(3, 0)
  window.add(2, 10_000)
  t.equal(window.fallsToMs(5, 10_000), 0)
  t.equal(window.fallsToMs(2, 10_000), 51_000)
  t.equal(window.fallsToMs(1, 10_000), 61_000)
  t.equal(window.resetMs(10_000), 61_000)
})

t.test('property: whoever asks before each amount never gets more than the limit into any interval of the window', async t => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 30_000 }), amount: fc.integer({ min: 1, max: 40 }) }), { maxLength: 80 })
  t.doesNotThrow(() => {
    fc.assert(fc.property(steps, fc.integer({ min: 1, max: 100 }), (all, limit) => {
      const window = new SlidingWindow(60_000)
      const admitted: Array<{ atMs: number, amount: number }> = []
      let nowMs = 0
      for (const { waitMs, amount } of all) {
        nowMs += waitMs
        if (window.sum(nowMs) + amount > limit) continue
        window.add(amount, nowMs)
        admitted.push({ atMs: nowMs, amount })
      }
      return admitted.every(({ atMs }) => admitted.filter(other => other.atMs > atMs - 60_000 && other.atMs <= atMs).reduce((sum, other) => sum + other.amount, 0) <= limit)
    }), { numRuns: 2000 })
  })
})

t.test('property: after the wait it asks for there is room', async t => {
  const adds = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), amount: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 40 })
  t.doesNotThrow(() => {
    fc.assert(fc.property(adds, fc.integer({ min: 0, max: 50 }), (all, target) => {
      const window = new SlidingWindow(60_000)
      let nowMs = 0
      for (const { waitMs, amount } of all) window.add(amount, nowMs += waitMs)
      const waitMs = window.fallsToMs(target, nowMs)
      return window.sum(nowMs + waitMs) <= target
    }), { numRuns: 2000 })
  })
})
