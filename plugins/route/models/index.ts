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
import { Holding, LimitedEndpoints } from './limited.ts'
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
      settle: (view, result, holding) => holding instanceof Holding ? router.settle(view, result, holding) : undefined,
      explainChoice: view => router.explain(view)
    }
  }
})

class Router {
  readonly #knowledge: Knowledge
  readonly #latencies = new Latencies(() => performance.now())
  readonly #limited: LimitedEndpoints
  readonly #write: (line: RouteLine) => void

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
    const tokens = (): number => view.shape.tokenEstimate + outputOf(view.shape)
    for (;;) {
      let holding: Promise<Holding | null> | Holding | null
      try {
        holding = this.#limited.take(choose(view, this.#knowledge), tokens)
      } catch (thrown) {
        return this.#giveUp(view, thrown)
      }
      if (holding instanceof Promise) return holding.then(held => held === null ? this.run(view) : proceed({ endpoint: held.choice }, held))
      if (holding !== null) return proceed({ endpoint: holding.choice }, holding)
    }
  }

  /** What this attempt teaches, gives back and leaves in the log. */
  settle (view: Partial<Situation>, result: SettleResult, holding: Holding): Promise<void> | undefined {
    const attempt = result.attempts.findLast(({ endpoint }) => endpoint === holding.choice.id)
    if (attempt === undefined) return holding.giveUp()
    if (attempt.error === null) this.#latencies.learn(attempt.endpoint, attempt.firstByteMs ?? attempt.milliseconds)
    this.#write(lineOf(attempt, view, result))
    return holding.settle(usedBy(attempt, result, holding.tokens))
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

/** What was answered without a word of its usage stays as it was reserved; null where nothing was answered. */
function usedBy ({ error, status }: Attempt, { usage }: SettleResult, reserved: number): number | null {
  const answered = error === null || (status !== null && status < 300)
  if (!answered) return null
  return usage === null ? reserved : usage.inputTokens + usage.outputTokens
}
