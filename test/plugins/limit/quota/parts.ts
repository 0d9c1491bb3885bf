/** `limit.quota` set up as the core does it, with a clock-free store in memory. */
import { pino } from 'pino'
import type { CounterStore, Principal, QuotaEntry, SettleResult, Shape } from '../../../../core/pipeline/plugin.ts'
import { MemoryCounters } from '../../../../core/store/counters.ts'
import limitQuota from '../../../../plugins/limit/quota/index.ts'
import type { LimitQuotaConfig } from '../../../../plugins/limit/quota/config.ts'

export const principal: Principal = {
  type: 'user', issuer: 'https://idp.example', subject: 'u-1', tenant: 'acme', roles: ['clinician'], role: 'clinician', groups: [], method: 'jwt', assurance: null, expiresMs: null, actors: [], confirmation: null
}

export const shape: Shape = {
  model: 'm', family: null, protocol: 'openai.chat', stream: false, tokenEstimate: 100, maxOutputTokens: 50, priceBoundMicros: null, toolCount: 0, outputFormat: 'text', workload: 'chat', affinity: null
}

export const answered: SettleResult = {
  decision: 'permit',
  end: 'ok',
  attempts: [{ endpoint: 'a', reason: 'primary', status: 200, error: null, milliseconds: 5 }],
  usage: { inputTokens: 90, outputTokens: 10, estimated: false },
  costMicros: 70
}

export const denied: SettleResult = { decision: 'deny', end: 'denied', attempts: [], usage: null, costMicros: null }

/** One request under way: what it was told, and the way to end it. */
export interface Asked {
  /** `ok`, or the error's code. */
  readonly told: string
  readonly retryAfterSeconds: number | null
  readonly quota: readonly QuotaEntry[]
  end (result?: SettleResult): Promise<void>
}

export interface Quota { ask (who?: Partial<Principal>, what?: Partial<Shape>): Promise<Asked> }

export async function openQuota (config: LimitQuotaConfig, options: { readonly counters?: CounterStore, readonly price?: { input: number, output: number } } = {}): Promise<Quota> {
  const { counters = new MemoryCounters(() => Date.now()), price = null } = options
  const host = { log: pino({ level: 'silent' }), folder: '/', data: '/', taxonomy: ['internal'], closing: new AbortController().signal, counters, dearest: () => price }
  const stage = await limitQuota.setup(config as never, host)
  return {
    ask: async (who = {}, what = {}) => {
      const view = { principal: { ...principal, ...who }, shape: { ...shape, ...what } }
      const result = await stage.run(view as never, new AbortController().signal)
      const halted = result.kind === 'halt' ? result.error : null
      return {
        told: halted?.code ?? 'ok',
        retryAfterSeconds: halted?.retryAfterSeconds ?? null,
        quota: result.facts?.quota ?? [],
        end: async (end = answered) => { await stage.settle?.(view as never, end, result.kind === 'continue' ? result.kept : undefined) }
      }
    }
  }
}
