/** What decision and judgements oblige an answer to. */
import type { Obligation } from '../../../core/enforce/decision.ts'
import type { StreamDecision } from '../../../core/pipeline/plugin.ts'

const modes = ['observe', 'incremental', 'buffer'] as const

/** The strictest of the modes given; where none is, an answer is judged as it comes. Only where all say `observe` is it let pass. */
export function modeOf (obligations: readonly Obligation[]): StreamDecision['mode'] {
  const asked = obligations.filter(({ type }) => type === 'response_mode').map(({ parameters }) => modes.findIndex(mode => mode === parameters['mode']))
  return modes[asked.length === 0 ? 1 : Math.max(...asked)] ?? 'buffer'
}

/** What a response rule obliges to must still be possible: budgets, bounds and reasons concern a request that is over. */
export function unmet (obligations: readonly Obligation[]): string[] {
  return obligations.filter(obligation => !isMeetable(obligation)).map(({ type }) => `obligation.${type}`)
}

function isMeetable ({ type, parameters }: Obligation): boolean {
  if (type === 'response_mode') return modes.some(mode => mode === parameters['mode'])
  return type === 'mark'
}

export function marksAmong (obligations: readonly Obligation[]): Obligation[] {
  return obligations.filter(({ type }) => type === 'mark')
}
