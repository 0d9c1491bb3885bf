/**
 * `route.models`: chooses the endpoint of each attempt, inside the permit. It learns neither who asked nor what was asked;
 * its log lines name endpoints, reasons and the opaque id of the decision.
 */
import { definePlugin, GatewayError, halt, proceed, type SettleResult } from '../../../core/pipeline/plugin.ts'
import { choose } from './choose.ts'
import { configSchema, type RouteModelsConfig } from './config.ts'
import { Latencies } from './latency.ts'

export default definePlugin({
  name: 'route.models',
  version: '1.0.0',
  phase: 'route',
  reads: ['permit', 'receipt', 'shape', 'budget', 'attempts'],
  provides: ['endpoint'],
  configSchema,
  setup (_config: RouteModelsConfig, { health, log }) {
    const latencies = new Latencies(() => performance.now())
    return {
      run: view => {
        const about = { decision_id: view.permit.decisionId, attempt: view.attempts.length + 1 }
        try {
          const endpoint = choose(view, health, latencies)
          log.info({ endpoint: endpoint.id, reason: endpoint.reason, ...about }, 'endpoint chosen')
          return proceed({ endpoint })
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown
          log.info({ endpoint: null, reason: thrown.code, ...about }, 'no endpoint left')
          return halt(thrown)
        }
      },
      settle: (_view, result) => { learn(latencies, result) }
    }
  }
})

/** Answers teach how long an endpoint takes; failures say nothing of that. */
function learn (latencies: Latencies, { attempts }: SettleResult): void {
  for (const { endpoint, error, milliseconds } of attempts) if (error === null) latencies.learn(endpoint, milliseconds)
}
