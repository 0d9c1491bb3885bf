/**
 * Canonical JSON (RFC 8785), for values that records hold: objects, arrays, strings, booleans, null and safe integers.
 * Throws TypeError for anything else: a float or a lone surrogate has no place in evidence.
 */
export function canonicalize (value: unknown): string {
  switch (typeof value) {
    case 'string': return text(value)
    case 'number': return integer(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'object': return value === null ? 'null' : Array.isArray(value) ? array(value) : object(value as Record<string, unknown>)
    default: throw new TypeError(`canonical JSON has no ${typeof value}`)
  }
}

const known = Symbol('canonical text')

/**
 * Notes the canonical text of a value that never changes again: where it stands in another one, that text is taken as it is. It is
 * noted on the value itself, where no copy takes it along: a WeakMap would keep both until the next full collection.
 */
export function noteCanonical (value: object, text: string): void {
  Object.defineProperty(value, known, { value: text })
}

function integer (value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError('canonical JSON here takes safe integers alone')
  return String(value + 0) // -0 + 0 is 0
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

function array (values: readonly unknown[]): string {
  let members = ''
  for (const value of values) members += members === '' ? canonicalize(value) : `,${canonicalize(value)}`
  return `[${members}]`
}

function object (value: Record<string, unknown> & { readonly [known]?: string }): string {
  const noted = value[known]
  if (noted !== undefined) return noted
  let members = ''
  for (const key of sortedKeys(value)) {
    const member = value[key]
    if (member !== undefined) members += `${members === '' ? '' : ','}${keyText(key)}${canonicalize(member)}`
  }
  return `{${members}}`
}

/** Keys sort by UTF-16 units, which is what JavaScript's comparison does. Records are made in that order, so most need no sorting. */
function sortedKeys (value: Record<string, unknown>): string[] {
  const keys = Object.keys(value)
  for (let at = 1; at < keys.length; at++) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.sort()
  return keys
}

const keyTexts = new Map<string, string>()
const maxKeyTexts = 1000

/** A key with its colon. Records have few keys: their texts are made once. */
function keyText (key: string): string {
  const known = keyTexts.get(key)
  if (known !== undefined) return known
  const made = `${text(key)}:`
  if (keyTexts.size < maxKeyTexts) keyTexts.set(key, made)
  return made
}
