/** A hedge: a second endpoint is asked too where the first says nothing for a while. The first answer wins; the other dial is given up, and on record. */
import { GatewayError } from '../errors.ts'
import type { EndpointChoice } from '../pipeline/facts.ts'
import { attempt, type Ended } from './attempt.ts'
import { choose } from './choice.ts'
import type { Exchange } from './exchange.ts'

interface Runner {
  readonly ended: Promise<Ended>
  giveUp (): void
}

export async function race (x: Exchange, choice: EndpointChoice, hedgeAfterMs: number): Promise<Ended> {
  const startedMs = performance.now()
  const first = start(x, choice)
  const early = await within(first.ended, hedgeAfterMs)
  if (early !== null) return early
  const underWay = { endpoint: choice.id, reason: choice.reason, status: null, error: null, milliseconds: Math.round(performance.now() - startedMs), underWay: true }
  const second = await choose(x, [underWay]).catch(() => null) // there is nobody else to ask
  const meanwhile = await within(first.ended, 0)
  if (second === null || meanwhile?.failure === null) return meanwhile ?? await first.ended
  return await better(first, start(x, { ...second, reason: 'hedge' }))
}

/** The one that answers first; where both fail, the later failure. The other has ended too when this resolves. */
async function better (first: Runner, second: Runner): Promise<Ended> {
  const [early, other] = await Promise.race([
    first.ended.then(ended => [ended, second] as const),
    second.ended.then(ended => [ended, first] as const)
  ])
  if (early.failure !== null) return await other.ended
  other.giveUp()
  await other.ended
  return early
}

function start (x: Exchange, choice: EndpointChoice): Runner {
  const controller = new AbortController()
  const ended = attempt(x, choice, AbortSignal.any([x.signal, controller.signal]))
  return { ended, giveUp: () => { controller.abort(new GatewayError('GW_UPSTREAM_ABANDONED')) } }
}

/** Null where it has not ended by then. */
async function within (ended: Promise<Ended>, ms: number): Promise<Ended | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => { timer = setTimeout(() => { resolve(null) }, ms) })
  try {
    return await Promise.race([ended, late])
  } finally {
    clearTimeout(timer)
  }
}
