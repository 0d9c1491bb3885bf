import t from 'tap'
import { Latencies } from '../../../../plugins/route/models/latency.ts'

t.test('nothing is known of an endpoint that never answered', async t => {
  t.equal(new Latencies(() => 0).of('a'), null)
})

t.test('the first answer is the mean, later ones move it by a fifth', async t => {
  const latencies = new Latencies(() => 0)
  latencies.learn('a', 100)
  t.equal(latencies.of('a'), 100)
  latencies.learn('a', 200)
  t.equal(latencies.of('a'), 120)
})

t.test('what was learned a minute ago is forgotten', async t => {
  let nowMs = 0
  const latencies = new Latencies(() => nowMs)
  latencies.learn('a', 100)
  nowMs = 59_999
  t.equal(latencies.of('a'), 100)
  nowMs = 60_000
  t.equal(latencies.of('a'), null)
  latencies.learn('a', 10)
  t.equal(latencies.of('a'), 10)
})
