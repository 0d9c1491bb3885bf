/** URLs that an operator configured for an issuer. */
import { isLoopbackName } from '../../../core/config/rules.ts'

/** For the JSON Schema. */
export const plaintextField = { type: 'boolean', default: false, description: 'Accept plain http beyond loopback for this issuer\'s URLs.' } as const

/** https, or http for loopback; elsewhere http only where it is asked for. Throws Error with words for the operator. */
export function configuredUrl (text: string, allowPlaintext: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw new Error(`${text} is no http(s) URL`)
  if (url.username !== '' || url.password !== '') throw new Error('the URL of an issuer cannot carry a credential')
  const isPlain = url.protocol === 'http:' && !isLoopbackName(url.hostname) && !allowPlaintext
  if (isPlain) throw new Error('plain http beyond loopback needs allow_plaintext: true')
  return url
}
