/** The key of an exchange's MACs. */
import type { MacKey } from '../enforce/mac.ts'
import { GatewayError } from '../errors.ts'
import type { Exchange } from './exchange.ts'

/** Its tenant's, of the month in which it began: one key for all that it records. Throws GW_AUDIT_UNAVAILABLE where there is none. */
export function bodyKey (x: Exchange): MacKey {
  x.bodyKey ??= open(x)
  return x.bodyKey
}

function open (x: Exchange): MacKey {
  try {
    return x.services.bodyKeys.of(x.run.facts.principal?.tenant ?? null, x.receivedMs)
  } catch (cause) {
    throw new GatewayError('GW_AUDIT_UNAVAILABLE', { cause })
  }
}
