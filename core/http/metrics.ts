/** Prometheus metrics of the admin port. Labels are configured names and codes: never content, never identity. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class Metrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({ name: 'sallyport_requests_total', help: 'Requests of a route, by decision and status', labelNames: ['route', 'decision', 'status'], registers: [this.registry] })
  readonly #duration = new Histogram({ name: 'sallyport_request_duration_seconds', help: 'From the first byte to the end of the answer', labelNames: ['route'], buckets: seconds, registers: [this.registry] })
  readonly #attempts = new Counter({ name: 'sallyport_attempts_total', help: 'Dials of endpoints, by result', labelNames: ['endpoint', 'result'], registers: [this.registry] })
  readonly #attemptDuration = new Histogram({ name: 'sallyport_attempt_duration_seconds', help: 'One dial of an endpoint', labelNames: ['endpoint'], buckets: seconds, registers: [this.registry] })
  readonly #unrouted = new Counter({ name: 'sallyport_unrouted_total', help: 'Requests that matched no route', labelNames: ['status'], registers: [this.registry] })

  /** Labels come from configuration and the error table: each combination is looked up by one text. */
  readonly #answers = new Map<string, Counter.Internal>()
  readonly #durations = new Map<string, Histogram.Internal<'route'>>()
  readonly #results = new Map<string, Counter.Internal>()
  readonly #attemptDurations = new Map<string, Histogram.Internal<'endpoint'>>()

  constructor (gauges: { readonly auditReady: () => boolean, readonly open: () => number }) {
    collectDefaultMetrics({ register: this.registry })
    const auditReady = new Gauge({ name: 'sallyport_audit_ready', help: '1 while decisions can be recorded', registers: [this.registry], collect: () => { auditReady.set(gauges.auditReady() ? 1 : 0) } })
    const open = new Gauge({ name: 'sallyport_open_decisions', help: 'Permits without an outcome yet', registers: [this.registry], collect: () => { open.set(gauges.open()) } })
  }

  answered (route: string, decision: string, status: number, milliseconds: number): void {
    childOf(this.#answers, `${route} ${decision} ${status}`, () => this.#requests.labels({ route, decision, status })).inc()
    childOf(this.#durations, route, () => this.#duration.labels({ route })).observe(milliseconds / 1000)
  }

  attempt (endpoint: string, result: string, milliseconds: number): void {
    childOf(this.#results, `${endpoint} ${result}`, () => this.#attempts.labels({ endpoint, result })).inc()
    childOf(this.#attemptDurations, endpoint, () => this.#attemptDuration.labels({ endpoint })).observe(milliseconds / 1000)
  }

  unrouted (status: number): void {
    this.#unrouted.inc({ status })
  }
}

function childOf<T> (known: Map<string, T>, name: string, make: () => T): T {
  let child = known.get(name)
  if (child === undefined) {
    child = make()
    known.set(name, child)
  }
  return child
}
