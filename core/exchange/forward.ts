/** Sends the judged body to endpoints of the permit, one attempt after another, until one answers. */
import { GatewayError, type GatewayErrorCode } from '../errors.ts'
import { abortError } from '../http/transport.ts'
import type { EndpointChoice } from '../pipeline/facts.ts'
import { attempt, settleRoute, type Ended, type HeldAnswer, type LiveAnswer } from './attempt.ts'
import { choose } from './choice.ts'
import type { Exchange } from './exchange.ts'
import { mirror } from './mirror.ts'
import { race } from './race.ts'

export type { HeldAnswer, LiveAnswer } from './attempt.ts'

/** The first usable answer. Throws the last attempt's error where the router has nothing left to choose. */
export async function forward (x: Exchange): Promise<HeldAnswer | LiveAnswer> {
  let refused: Ended | null = null
  for (;;) {
    let choice: EndpointChoice
    try {
      choice = await choose(x)
    } catch (thrown) {
      if (refused !== null) return passOn(x, refused)
      throw lastError(x) ?? thrown
    }
    const ended = await dial(x, choice)
    if (ended.failure === null) return use(x, ended)
    if (ended.answer !== null) refused = ended
    await settleRoute(x)
    if (x.signal.aborted) throw abortError(x.signal)
  }
}

async function dial (x: Exchange, choice: EndpointChoice): Promise<Ended> {
  if (choice.afterMs !== undefined) await pause(choice.afterMs, x.signal)
  for (const id of choice.mirrors ?? []) mirror(x, id)
  return choice.hedgeAfterMs === undefined ? await attempt(x, choice, x.signal) : await race(x, choice, choice.hedgeAfterMs)
}

function use (x: Exchange, { answer, choice }: Ended): HeldAnswer | LiveAnswer {
  if (answer === null) throw new GatewayError('GW_INTERNAL')
  x.choice = choice
  x.run.facts.endpoint = choice // another one may have been chosen since
  return answer
}

/** An endpoint refused the request itself (too long, filtered), and no other one may be tried: its answer is the caller's, and no failure. */
function passOn (x: Exchange, ended: Ended): HeldAnswer | LiveAnswer {
  x.attempts = x.attempts.map(record => record === ended.record ? { ...record, error: null } : record)
  return use(x, ended)
}

function lastError (x: Exchange): GatewayError | null {
  const code = x.attempts.at(-1)?.error ?? null
  if (code === null) return null
  const wait = code === 'GW_UPSTREAM_RATE_LIMITED' ? { retryAfterSeconds: x.retryAfterSeconds ?? 1 } : {}
  return new GatewayError(code as GatewayErrorCode, wait)
}

/** Rejects where the caller leaves meanwhile. */
async function pause (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = (): void => {
      clearTimeout(timer)
      reject(abortError(signal))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', gone)
      resolve()
    }, ms)
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  })
}
