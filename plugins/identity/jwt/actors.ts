/** Who acts for the subject: the chain of `act` claims (RFC 8693 section 4.1). */
import { GatewayError, type Principal } from '../../../core/pipeline/plugin.ts'
import { optionalText } from './texts.ts'

const mostActors = 4

/** Nearest first: the outermost `act` is who acts now. An actor without `iss` is the token's issuer's own. */
export function readActors (act: unknown, issuer: string): Principal['actors'][number][] {
  const actors: Principal['actors'][number][] = []
  for (let next = act; next !== undefined; next = (next as { act?: unknown }).act) {
    if (typeof next !== 'object' || next === null || Array.isArray(next) || actors.length === mostActors) throw new GatewayError('GW_IDENTITY_INVALID')
    const { sub, client_id: client, iss } = next as Readonly<Record<string, unknown>>
    const id = optionalText(sub) ?? optionalText(client)
    if (id === null) throw new GatewayError('GW_IDENTITY_INVALID')
    actors.push(Object.freeze({ issuer: optionalText(iss) ?? issuer, id }))
  }
  return actors
}
