/** The router's choices: each is checked against the permit, whatever it says. */
import { GatewayError } from '../errors.ts'
import type { Attempt, EndpointChoice } from '../pipeline/facts.ts'
import type { AttemptRecord, Exchange } from './exchange.ts'

const none: readonly Attempt[] = Object.freeze([])

/**
 * Asks the route stage for the next endpoint.
 * @param underWay an attempt that goes on meanwhile
 */
export async function choose (x: Exchange, underWay: readonly Attempt[] = []): Promise<EndpointChoice> {
  const { route } = x.route.pipeline
  if (route === null) throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY')
  x.run.facts.attempts = x.attempts.length + underWay.length === 0 ? none : [...x.attempts.map(attemptFact), ...underWay]
  const choosing = x.run.step(route, x.signal)
  if (choosing !== undefined) await choosing
  const choice = x.run.facts.endpoint
  if (choice === undefined || !isInPermit(x, choice)) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
  x.choice = choice
  return choice
}

function isInPermit (x: Exchange, { id, mirrors }: EndpointChoice): boolean {
  const { permit } = x.run.facts
  return permit !== undefined && permit.covers(id) && (mirrors === undefined || mirrors.every(one => permit.covers(one)))
}

/** What the router learns of an attempt. */
function attemptFact ({ endpoint, reason, status, error, cause, milliseconds, firstByteMs }: AttemptRecord): Attempt {
  return { endpoint, reason, status, error, cause: cause ?? null, milliseconds, firstByteMs: firstByteMs ?? null }
}
