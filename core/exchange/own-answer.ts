/** Answers that a protocol makes itself, from the permit alone: the router is not asked and nothing is sent. */
import type { Exchange } from './exchange.ts'
import type { HeldAnswer } from './forward.ts'

/** No endpoint answered, and so none is named to whoever judges the answer. */
const noEndpoint = Object.freeze({ id: '', reason: 'primary' } as const)

/** Null where an endpoint is to answer. */
export function answerItself (x: Exchange): HeldAnswer | null {
  const make = x.judgedReading?.answer
  const { permit } = x.run.facts
  if (make === undefined || permit === undefined) return null
  const reachable = [...x.runtime.configuration.models.values()].filter(({ endpoints }) => endpoints.some(id => permit.covers(id)))
  const { status, contentType, body } = make(reachable.map(({ name, family }) => ({ name, family })))
  x.run.facts.endpoint = noEndpoint
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(body) }
}
