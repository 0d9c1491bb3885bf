/** Strict JSON for the parts of a token: well-formed UTF-8, an object, no key twice at any depth (RFC 8725 section 2.4). */

export type JsonObject = Readonly<Record<string, unknown>>

/** The object, or null for anything else. */
export function readStrictObject (bytes: Uint8Array): JsonObject | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && !repeatsKey(text) ? value as JsonObject : null
  } catch {
    return null
  }
}

/** Strings, with the colon that makes a key of one, and the braces around them. The text is known to be JSON. */
const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g

function repeatsKey (text: string): boolean {
  const open: Array<Set<string>> = []
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = keyOf(token.slice(0, -colon.length))
      const keys = open.at(-1)
      if (keys?.has(key) === true) return true
      keys?.add(key)
    }
  }
  return false
}

/** The name that a string literal spells; one without an escape spells itself. */
function keyOf (literal: string): string {
  return literal.includes('\\') ? JSON.parse(literal) as string : literal.slice(1, -1)
}
