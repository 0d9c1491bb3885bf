/**
 * Canonical JSON (RFC 8785), for values that records hold: objects, arrays, strings, booleans, null and safe integers.
 * Throws TypeError for anything else: a float or a lone surrogate has no place in evidence.
 */
export function canonicalize (value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return integer(value)
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`
  if (typeof value === 'object') return object(value as Record<string, unknown>)
  throw new TypeError(`canonical JSON has no ${typeof value}`)
}

const texts = new WeakMap<object, string>()

/** Notes the canonical text of a value that never changes again: where it stands in another one, that text is taken as it is. */
export function noteCanonical (value: object, text: string): void {
  texts.set(value, text)
}

function integer (value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError('canonical JSON here takes safe integers alone')
  return Object.is(value, -0) ? '0' : String(value)
}

/** A surrogate that is one half of no pair. */
const loneSurrogate = /\p{Surrogate}/u

function text (value: string): string {
  if (value.length < 200 && plain.test(value)) return `"${value}"`
  if (loneSurrogate.test(value)) throw new TypeError('canonical JSON has no lone surrogates')
  return JSON.stringify(value)
}

/** Texts in the printable part of ASCII, where JSON escapes nothing but these two. */
const plain = /^[ !#-[\]-~]*$/

/** Keys sort by UTF-16 units, which is what JavaScript's comparison does. */
function object (value: Record<string, unknown>): string {
  const known = texts.get(value)
  if (known !== undefined) return known
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    if (value[key] !== undefined) members.push(`${text(key)}:${canonicalize(value[key])}`)
  }
  return `{${members.join(',')}}`
}
