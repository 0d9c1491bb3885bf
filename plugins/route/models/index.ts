/**
 * `route.models`: chooses the endpoint of each attempt, inside the permit. It learns neither who asked nor what was asked; its log lines name
 * endpoints, reasons, times, tokens and the opaque id of the decision.
 */
import { performance } from 'node:perf_hooks'
import { definePlugin, GatewayError, halt, proceed, type Attempt, type EndpointHealth, type EndpointLimits, type SettleResult, type Shape, type StageResult } from '../../../core/pipeline/plugin.ts'
import type { Knowledge } from './assess.ts'
import { choose } from './choose.ts'
import { configSchema, type RouteModelsConfig } from './config.ts'
import { explain } from './explain.ts'
import { Latencies } from './latency.ts'
import { LimitedEndpoints, type Holding } from './limited.ts'
import { lineOf, type RouteLine } from './line.ts'
import type { Situation } from './situation.ts'

/** Tokens of output that an endpoint's limit reserves where the request names no bound. */
const defaultOutput = 1024

export default definePlugin({
  name: 'route.models',
  version: '2.0.0',
  phase: 'route',
  reads: ['permit', 'receipt', 'shape', 'budget', 'attempts'],
  provides: ['endpoint'],
  configSchema,
  setup (_config: RouteModelsConfig, { health, limits, log }) {
    const router = new Router(health, limits, line => { log.info(line, 'attempt') })
    return {
      run: view => router.run(view),
      settle: (view, result) => router.settle(view, result),
      explainChoice: view => router.explain(view)
    }
  }
})

class Router {
  readonly #knowledge: Knowledge
  readonly #latencies = new Latencies(() => performance.now())
  readonly #limited: LimitedEndpoints
  readonly #write: (line: RouteLine) => void
  readonly #holdings = new WeakMap<object, Holding>()

  constructor (health: EndpointHealth, limits: EndpointLimits, write: (line: RouteLine) => void) {
    this.#limited = new LimitedEndpoints(limits, () => performance.now())
    this.#knowledge = { health, latencies: this.#latencies, limitedMs: id => this.#limited.limitedMs(id) }
    this.#write = write
  }

  explain (situation: Situation): ReturnType<typeof explain> {
    return explain(situation, this.#knowledge)
  }

  /** Goes on until an endpoint is found whose limit leaves room, or none is left. */
  run (view: Situation): Promise<StageResult<'endpoint'>> | StageResult<'endpoint'> {
    const tokens = view.shape.tokenEstimate + outputOf(view.shape)
    for (;;) {
      let holding: Promise<Holding | null> | Holding | null
      try {
        holding = this.#limited.take(choose(view, this.#knowledge), tokens)
      } catch (thrown) {
        return this.#giveUp(view, thrown)
      }
      if (holding instanceof Promise) return holding.then(held => held === null ? this.run(view) : this.#proceed(view, held))
      if (holding !== null) return this.#proceed(view, holding)
    }
  }

  /** What this attempt teaches, gives back and leaves in the log. */
  settle (view: Partial<Situation>, result: SettleResult): Promise<void> | undefined {
    const holding = this.#holdings.get(view)
    const attempt = result.attempts.findLast(({ endpoint }) => endpoint === holding?.choice.id)
    if (holding === undefined || attempt === undefined) return undefined
    if (attempt.error === null) this.#latencies.learn(attempt.endpoint, attempt.firstByteMs ?? attempt.milliseconds)
    this.#write(lineOf(attempt, view, result))
    return holding.grants.size === 0 ? undefined : giveBack(holding, attempt, result)
  }

  #proceed (view: object, holding: Holding): StageResult<'endpoint'> {
    this.#holdings.set(view, holding)
    return proceed({ endpoint: holding.choice })
  }

  #giveUp ({ permit, attempts }: Situation, thrown: unknown): StageResult<'endpoint'> {
    if (!(thrown instanceof GatewayError)) throw thrown
    this.#write({ endpoint: null, reason: thrown.code, decision_id: permit.decisionId, attempt: attempts.length + 1 })
    return halt(thrown)
  }
}

function outputOf ({ workload, maxOutputTokens }: Shape): number {
  return workload === 'embedding' ? 0 : maxOutputTokens ?? defaultOutput
}

/** What was answered without a word of its usage stays as it was reserved; so does what mirrors were sent. */
async function giveBack ({ choice, tokens, grants }: Holding, attempt: Attempt, { usage }: SettleResult): Promise<void> {
  const used = usage === null ? tokens : usage.inputTokens + usage.outputTokens
  const answered = attempt.error === null || (attempt.status !== null && attempt.status < 300)
  await Promise.all([...grants].map(async ([id, grant]) => { await grant.settle(id !== choice.id ? tokens : answered ? used : null) }))
}
