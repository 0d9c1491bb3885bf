/** Finds the value of the single top-level `model` in a JSON object, without reading the rest. */

const quote = 0x22
const backslash = 0x5c
const opening = new Set([0x7b, 0x5b])
const closing = new Set([0x7d, 0x5d])
const space = new Set([0x20, 0x09, 0x0a, 0x0d])
const colon = 0x3a

/** Bytes `[start, end)`, quotes included; null where the body is no JSON object or has no such text. */
export function modelSpan (body: Uint8Array): { readonly start: number, readonly end: number } | null {
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (opening.has(byte)) depth++
    else if (closing.has(byte)) depth--
    else if (byte === quote) {
      const end = stringEnd(body, at)
      const value = depth === 1 && isObjectBody(body) ? valueAfter(body, end) : null
      if (value !== null && isModel(body.subarray(at, end))) return body[value] === quote ? { start: value, end: stringEnd(body, value) } : null
      at = end - 1
    }
  }
  return null
}

/** One past the closing quote of the string that begins at `start`. */
function stringEnd (body: Uint8Array, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1
  return at + 1
}

/** Where the value begins, if a colon follows: then the string before it was a key. */
function valueAfter (body: Uint8Array, end: number): number | null {
  const at = skipSpace(body, end)
  return body[at] === colon ? skipSpace(body, at + 1) : null
}

function skipSpace (body: Uint8Array, start: number): number {
  let at = start
  while (space.has(body[at] ?? 0)) at++
  return at
}

function isObjectBody (body: Uint8Array): boolean {
  return body[skipSpace(body, 0)] === 0x7b
}

/** The key may be written with escapes. */
function isModel (key: Uint8Array): boolean {
  try {
    return JSON.parse(Buffer.from(key).toString('utf8')) === 'model'
  } catch {
    return false
  }
}
