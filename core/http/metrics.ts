/** Prometheus metrics of the admin port. Labels are configured names and codes: never content, never identity. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Space } from '../audit/space.ts'
import type { EndpointReport } from '../endpoints/state.ts'
import type { Attempt, Usage } from '../pipeline/facts.ts'

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What is asked when metrics are read. */
export interface Gauges {
  readonly auditReady: () => boolean
  readonly auditSpace: () => Space
  readonly auditWitnessed: () => boolean
  readonly open: () => number
  readonly storeReady: () => boolean
  readonly endpoints: () => Readonly<Record<string, EndpointReport>>
}

const spaceValues = { ample: 0, low: 1, none: 2 } as const
const circuitValues = { closed: 0, half_open: 1, open: 2 } as const

export class Metrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({ name: 'sallyport_requests_total', help: 'Requests of a route, by decision and status', labelNames: ['route', 'decision', 'status'], registers: [this.registry] })
  readonly #duration = new Histogram({ name: 'sallyport_request_duration_seconds', help: 'From the first byte to the end of the answer', labelNames: ['route'], buckets: seconds, registers: [this.registry] })
  readonly #attempts = new Counter({ name: 'sallyport_attempts_total', help: 'Dials of endpoints, by result and by the reason of the choice', labelNames: ['endpoint', 'result', 'reason'], registers: [this.registry] })
  readonly #attemptDuration = new Histogram({ name: 'sallyport_attempt_duration_seconds', help: 'One dial of an endpoint', labelNames: ['endpoint'], buckets: seconds, registers: [this.registry] })
  readonly #firstByte = new Histogram({ name: 'sallyport_first_byte_seconds', help: 'From a dial to the head of the answer', labelNames: ['endpoint'], buckets: seconds, registers: [this.registry] })
  readonly #tokens = new Counter({ name: 'sallyport_tokens_total', help: 'Tokens of answers', labelNames: ['endpoint', 'kind'], registers: [this.registry] })
  readonly #cost = new Counter({ name: 'sallyport_cost_dollars_total', help: 'Cost of answers at the configured prices', labelNames: ['endpoint'], registers: [this.registry] })
  readonly #unrouted = new Counter({ name: 'sallyport_unrouted_total', help: 'Requests that matched no route', labelNames: ['status'], registers: [this.registry] })

  readonly #policyLoads = new Counter({ name: 'sallyport_policy_loads_total', help: 'Policies put in force, and refused', labelNames: ['result'], registers: [this.registry] })
  readonly #policyComparisons = new Counter({ name: 'sallyport_policy_shadow_total', help: 'Decisions of a candidate beside the policy in force, by how they differ', labelNames: ['difference'], registers: [this.registry] })

  /** Labels come from configuration and the error table: each combination is looked up by one text. */
  readonly #answers = new Map<string, Counter.Internal>()
  readonly #durations = new Map<string, Histogram.Internal<'route'>>()
  readonly #results = new Map<string, Counter.Internal>()
  readonly #firstBytes = new Map<string, Histogram.Internal<'endpoint'>>()
  readonly #tokenCounts = new Map<string, Counter.Internal>()
  readonly #costs = new Map<string, Counter.Internal>()
  readonly #attemptDurations = new Map<string, Histogram.Internal<'endpoint'>>()

  constructor (gauges: Gauges) {
    collectDefaultMetrics({ register: this.registry })
    const auditReady = new Gauge({ name: 'sallyport_audit_ready', help: '1 while decisions can be recorded', aggregator: 'min', registers: [this.registry], collect: () => { auditReady.set(gauges.auditReady() ? 1 : 0) } })
    const space = new Gauge({ name: 'sallyport_audit_space_low', help: '1 while less than free_space is left for the audit log, 2 while decisions are refused for it', aggregator: 'max', registers: [this.registry], collect: () => { space.set(spaceValues[gauges.auditSpace()]) } })
    const witnessed = new Gauge({ name: 'sallyport_audit_unwitnessed', help: '1 while too few witnesses cosign the head of the audit log', aggregator: 'max', registers: [this.registry], collect: () => { witnessed.set(gauges.auditWitnessed() ? 0 : 1) } })
    const open = new Gauge({ name: 'sallyport_open_decisions', help: 'Permits without an outcome yet', registers: [this.registry], collect: () => { open.set(gauges.open()) } })
    const store = new Gauge({ name: 'sallyport_store_ready', help: '1 while quotas can be counted', aggregator: 'min', registers: [this.registry], collect: () => { store.set(gauges.storeReady() ? 1 : 0) } })
    const each = (name: string, help: string, aggregator: 'max' | 'sum', value: (report: EndpointReport) => number): void => {
      const gauge = new Gauge({ name, help, aggregator, labelNames: ['endpoint'], registers: [this.registry], collect: () => { for (const [endpoint, report] of Object.entries(gauges.endpoints())) gauge.set({ endpoint }, value(report)) } })
    }
    each('sallyport_endpoint_circuit', '0 closed, 1 half open, 2 open', 'max', ({ circuit }) => circuitValues[circuit])
    each('sallyport_endpoint_held', '1 while the endpoint asked to be left alone', 'max', report => report.held_for_ms > 0 ? 1 : 0)
    each('sallyport_endpoint_active', 'Requests under way', 'sum', ({ active }) => active)
  }

  policyLoaded (accepted: boolean): void {
    this.#policyLoads.inc({ result: accepted ? 'accepted' : 'refused' })
  }

  policyCompared (difference: string): void {
    this.#policyComparisons.inc({ difference })
  }

  answered (route: string, decision: string, status: number, milliseconds: number): void {
    childOf(this.#answers, `${route} ${decision} ${status}`, () => this.#requests.labels({ route, decision, status })).inc()
    childOf(this.#durations, route, () => this.#duration.labels({ route })).observe(milliseconds / 1000)
  }

  attempt ({ endpoint, reason, error, milliseconds, firstByteMs }: Attempt): void {
    const result = error ?? 'ok'
    childOf(this.#results, `${endpoint} ${result} ${reason}`, () => this.#attempts.labels({ endpoint, result, reason })).inc()
    childOf(this.#attemptDurations, endpoint, () => this.#attemptDuration.labels({ endpoint })).observe(milliseconds / 1000)
    if (typeof firstByteMs === 'number') childOf(this.#firstBytes, endpoint, () => this.#firstByte.labels({ endpoint })).observe(firstByteMs / 1000)
  }

  /** What an answer used, by the endpoint that gave it. */
  used (endpoint: string, { inputTokens, outputTokens }: Usage, costMicros: number | null): void {
    childOf(this.#tokenCounts, `${endpoint} input`, () => this.#tokens.labels({ endpoint, kind: 'input' })).inc(inputTokens)
    childOf(this.#tokenCounts, `${endpoint} output`, () => this.#tokens.labels({ endpoint, kind: 'output' })).inc(outputTokens)
    if (costMicros !== null) childOf(this.#costs, endpoint, () => this.#cost.labels({ endpoint })).inc(costMicros / 1_000_000)
  }

  /** In the text format of Prometheus. */
  async read (): Promise<{ readonly contentType: string, readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() }
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
