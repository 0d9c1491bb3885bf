import t from 'tap'
import { healthOf } from '../../../core/config/decode-routing.ts'
import type { HealthDocument } from '../../../core/config/document.ts'
import { EndpointStatus, type AttemptEnd } from '../../../core/endpoints/state.ts'
import type { AttemptCause } from '../../../core/pipeline/plugin.ts'

interface Clock { nowMs: number }

function open (document: HealthDocument = {}, opened?: (ms: number) => void): { readonly clock: Clock, readonly status: EndpointStatus, readonly end: (cause: AttemptCause | null, more?: Partial<AttemptEnd>) => void } {
  const clock = { nowMs: 0 }
  const status = new EndpointStatus('a', healthOf(document), () => clock.nowMs, opened)
  return {
    clock,
    status,
    end: (cause, more = {}) => {
      status.begin(false)
      status.end({ cause, retryAfterMs: null, firstByteMs: null, ...more })
    }
  }
}

t.test('failures in a row open the circuit; an answer between them does not let it come to that', async t => {
  const { status, end } = open()
  end('reset')
  end('server_error')
  end(null)
  end('timeout')
  end('connect')
  t.equal(status.healthy, true)
  end('bad_response')
  t.equal(status.healthy, false)
  t.match(status.report(), { circuit: 'open', open_for_ms: 10_000, active: 0 })
})

t.test('a share of failures opens it too, once there were enough requests', async t => {
  const { status, end } = open({ consecutive_failures: 1000, failure_rate: 0.5, window: '30s', least_requests: 10 })
  for (let i = 0; i < 4; i++) {
    end('server_error')
    end(null)
  }
  t.equal(status.healthy, true, 'eight requests are too few to tell')
  for (let i = 0; i < 4; i++) end('server_error')
  t.equal(status.healthy, false)
})

t.test('when its cool-down is over one trial is let through; its success closes the circuit', async t => {
  const { clock, status, end } = open()
  for (let i = 0; i < 3; i++) end('reset')
  clock.nowMs = 9999
  t.equal(status.healthy, false)
  clock.nowMs = 10_000
  t.equal(status.report().circuit, 'half_open')
  t.equal(status.healthy, true)
  status.begin(false)
  t.equal(status.healthy, false, 'the trial is under way: nobody else goes')
  status.end({ cause: null, retryAfterMs: null, firstByteMs: 3 })
  t.match(status.report(), { circuit: 'closed' })
  end('reset')
  t.equal(status.healthy, true, 'it begins to count anew')
})

t.test('a trial that fails cools down twice as long, up to the longest', async t => {
  const { clock, status, end } = open({ cool_down: '10s', longest_cool_down: '30s' })
  for (let i = 0; i < 3; i++) end('reset')
  const waits = []
  for (let i = 0; i < 4; i++) {
    waits.push(status.openMs)
    clock.nowMs += status.openMs
    end('reset')
  }
  t.same(waits, [10_000, 20_000, 30_000, 30_000])
})

t.test('a trial that its caller gave up says nothing: the next one tries', async t => {
  const { clock, status, end } = open()
  for (let i = 0; i < 3; i++) end('reset')
  clock.nowMs = 10_000
  end('aborted')
  t.match(status.report(), { circuit: 'half_open' })
  t.equal(status.healthy, true)
})

t.test('what began before the circuit opened does not close it', async t => {
  const { status, end } = open()
  status.begin(false)
  for (let i = 0; i < 3; i++) end('reset')
  status.end({ cause: null, retryAfterMs: null, firstByteMs: 1 })
  t.equal(status.healthy, false)
})

t.test('an answer that the caller did not like says that the endpoint is up', async t => {
  const { status, end } = open()
  for (const cause of ['context_length', 'content_filter', 'abandoned', 'aborted', 'rate_limited'] as const) for (let i = 0; i < 5; i++) end(cause)
  t.equal(status.healthy, true)
})

t.test('a slow first token counts as a failure where a bound is set', async t => {
  const slow = open({ slow: '1s' })
  for (let i = 0; i < 3; i++) slow.end(null, { firstByteMs: 1001 })
  t.equal(slow.status.healthy, false)
  const patient = open()
  for (let i = 0; i < 3; i++) patient.end(null, { firstByteMs: 60_000 })
  t.equal(patient.status.healthy, true)
})

t.test('an endpoint that asks to wait is left alone so long, five minutes at most', async t => {
  const { clock, status, end } = open()
  end('rate_limited', { retryAfterMs: 4000 })
  t.equal(status.heldMs, 4000)
  clock.nowMs = 4000
  t.equal(status.heldMs, 0)
  end('rate_limited')
  t.equal(status.heldMs, 1000, 'a second where it names no time')
  end('rate_limited', { retryAfterMs: 86_400_000 })
  t.equal(status.heldMs, 300_000)
})

t.test('retries are a share of requests', async t => {
  const { status } = open({ retry_budget: 0.1 })
  const retry = (): boolean => {
    const may = status.mayRetry
    if (may) {
      status.begin(true)
      status.end({ cause: 'reset', retryAfterMs: null, firstByteMs: null })
    }
    return may
  }
  let retried = 0
  for (let i = 0; i < 1000; i++) {
    status.begin(false)
    status.end({ cause: null, retryAfterMs: null, firstByteMs: 1 })
    for (let j = 0; j < 3; j++) if (retry()) retried++
  }
  t.ok(retried >= 100 && retried <= 111, `${retried} retries of 1000 requests`)
  t.equal(open({ retry_budget: 0 }).status.mayRetry, false)
})

t.test('new settings begin anew; the same ones keep what was learned', async t => {
  const { status, end } = open()
  for (let i = 0; i < 3; i++) end('reset')
  status.configure(healthOf({}))
  t.equal(status.healthy, false)
  status.configure(healthOf({ consecutive_failures: 9 }))
  t.equal(status.healthy, true)
})

t.test('requests under way are counted to the end', async t => {
  const { status } = open()
  status.begin(false)
  status.begin(false)
  t.equal(status.active, 2)
  status.end({ cause: 'aborted', retryAfterMs: null, firstByteMs: null })
  t.equal(status.active, 1)
})

t.test('others are told each time that the circuit opens, and for how long', async t => {
  const told: number[] = []
  const { clock, end } = open({ consecutive_failures: 2, cool_down: '10s' }, ms => { told.push(ms) })
  for (let i = 0; i < 4; i++) end('connect')
  t.same(told, [10_000], 'once, though failures go on')
  clock.nowMs = 10_000
  end('connect')
  t.same(told, [10_000, 20_000])
})

t.test('what another instance found failing is left alone so long, no longer than a cool-down of its own, or until it answers', async t => {
  const { clock, status, end } = open({ cool_down: '10s', longest_cool_down: '60s' })
  status.suspect(5000)
  t.match(status, { healthy: false, openMs: 5000 })
  t.match(status.report(), { circuit: 'closed', suspect_for_ms: 5000 })
  clock.nowMs = 5000
  t.equal(status.healthy, true)
  status.suspect(1e12)
  t.equal(status.openMs, 60_000)
  end(null)
  t.equal(status.healthy, true)
})
