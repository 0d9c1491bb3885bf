/** Strict JSON for the parts of a token: well-formed UTF-8, an object, no key twice at any depth (RFC 8725 section 2.4). */

export type JsonObject = Readonly<Record<string, unknown>>

/** The object, or null for anything else. */
export function readStrictObject (bytes: Uint8Array): JsonObject | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && keysIn(text) === membersOf(value) ? value as JsonObject : null
  } catch {
    return null
  }
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a]

/** Keys as they stand in a text that is known to be JSON: strings with a colon behind them. Of a key that stands twice the parser keeps one. */
function keysIn (text: string): number {
  let keys = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    at++
    while (text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1
    at++
    while (text.charCodeAt(at) <= 0x20) at++
    if (text.charCodeAt(at) === colon) keys++
  }
  return keys
}

function membersOf (value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  for (const inner of Object.values(value)) members += Array.isArray(value) ? membersOf(inner) : 1 + membersOf(inner)
  return members
}
