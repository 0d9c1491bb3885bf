/** Claims of a development token that no option of its own names: NAME=VALUE. */
import { UsageError } from '../command.ts'

/** What the issuer itself says of every token. */
const ownClaims: readonly string[] = ['iss', 'aud', 'iat', 'exp']

/** The value is JSON, or else a text. Throws UsageError for what is no pair, and for what the issuer itself says. */
export function furtherClaims (pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(pair => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined || value === undefined) throw new UsageError(`--claim ${pair} is not NAME=VALUE`)
    if (ownClaims.includes(name)) throw new UsageError(`--claim ${name} is what the issuer itself says`)
    return [name, jsonOrText(value)]
  }))
}

function jsonOrText (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
