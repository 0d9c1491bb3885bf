/** The part of the configuration that bears on the choice of an endpoint. */
import type { Workload } from '../pipeline/facts.ts'
import type { EndpointDocument, HealthDocument, ModelDocument, WorkloadDocument } from './document.ts'
import { encodingOf } from '../tokens/encoding.ts'
import { durationMs } from './duration.ts'
import type { FallbackCause, HealthConfig, ModelConfig, WorkloadRule } from './types.ts'

/** What an endpoint's own content filter refused is not sent elsewhere unless the operator says so. */
const fallbackCauses: readonly FallbackCause[] = ['unreachable', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response', 'context_length']

export function healthOf (health: HealthDocument): HealthConfig {
  const { probe, slow } = health
  return {
    consecutiveFailures: health.consecutive_failures ?? 3,
    failureRate: health.failure_rate ?? 0.5,
    windowMs: durationMs(health.window ?? '30s'),
    leastRequests: health.least_requests ?? 20,
    slowMs: slow === undefined || slow === null ? null : durationMs(slow),
    coolDownMs: durationMs(health.cool_down ?? '10s'),
    longestCoolDownMs: durationMs(health.longest_cool_down ?? '2m'),
    retryBudget: health.retry_budget ?? 0.2,
    probe: probe === undefined ? null : { path: probe.path, intervalMs: durationMs(probe.interval ?? '10s'), timeoutMs: durationMs(probe.timeout ?? '2s') }
  }
}

export function modelOf (model: ModelDocument, name: string, endpoints: Readonly<Record<string, EndpointDocument>>): ModelConfig {
  const strategy = model.strategy ?? 'ordered'
  return {
    name,
    family: model.family ?? null,
    aliases: model.aliases ?? [],
    endpoints: model.endpoints,
    tokenizer: tokenizerOf(model, name, endpoints),
    strategy,
    weights: new Map(Object.entries(model.weights ?? {})),
    canary: model.canary ?? null,
    mirror: model.mirror === undefined ? null : { endpoints: model.mirror.endpoints, percent: model.mirror.percent ?? 100 },
    hedgeAfterMs: model.hedge === undefined ? null : durationMs(model.hedge.after),
    retries: model.retries ?? 0,
    fallbackOn: model.fallback_on ?? fallbackCauses,
    mostEjected: model.most_ejected ?? 0.5,
    workloads: new Map(Object.entries(model.workloads ?? {}).map(([workload, own]) => [
      workload as Workload, { endpoints: own.endpoints ?? model.endpoints, strategy: own.strategy ?? strategy }
    ]))
  }
}

/** By the names that the endpoints know the model by, and then by its own. */
function tokenizerOf ({ tokenizer = 'auto', endpoints }: ModelDocument, name: string, all: Readonly<Record<string, EndpointDocument>>): ModelConfig['tokenizer'] {
  if (tokenizer === 'none') return null
  if (tokenizer !== 'auto') return tokenizer
  const names = [...endpoints.flatMap(id => all[id]?.model ?? []), name]
  return names.map(encodingOf).find(encoding => encoding !== null) ?? null
}

export function workloadOf (rule: WorkloadDocument): WorkloadRule {
  return {
    workload: rule.workload,
    model: rule.model ?? null,
    route: rule.route ?? null,
    stream: rule.stream ?? null,
    tools: rule.tools ?? null,
    outputFormat: rule.output_format ?? null,
    leastTokens: rule.least_tokens ?? null,
    mostTokens: rule.most_tokens ?? null
  }
}
