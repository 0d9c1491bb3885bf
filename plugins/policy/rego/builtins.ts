/** The builtins that the engine serves beside those that are in `policy.wasm`: pure functions of their arguments. Undefined means undefined in Rego. */

export type HostBuiltin = (...given: readonly unknown[]) => unknown

export const hostBuiltins: ReadonlyMap<string, HostBuiltin> = new Map<string, HostBuiltin>([
  ['sprintf', sprintf],
  ['strings.any_prefix_match', (texts, prefixes) => anyPair(texts, prefixes, (text, prefix) => text.startsWith(prefix))],
  ['strings.any_suffix_match', (texts, suffixes) => anyPair(texts, suffixes, (text, suffix) => text.endsWith(suffix))]
])

function anyPair (texts: unknown, others: unknown, test: (text: string, other: string) => boolean): boolean | undefined {
  const left = [texts].flat()
  const right = [others].flat()
  if (!left.every(isString) || !right.every(isString)) return undefined
  return left.some(text => right.some(other => test(text, other)))
}

function isString (value: unknown): value is string {
  return typeof value === 'string'
}

/**
 * The verbs %s %d %v and %%, without flags. Throws for what Go would write in a form of its own: a rule that went missing for
 * the sake of its text would be worse than a denial. Sets are written as lists.
 */
function sprintf (format: unknown, values: unknown): string {
  if (typeof format !== 'string' || !Array.isArray(values)) throw new TypeError('sprintf takes a text and a list')
  const given: readonly unknown[] = values
  let used = 0
  const text = format.replace(/%(.?)/gsu, (_whole, verb: string) => verb === '%' ? '%' : write(verb, given[used++]))
  if (used !== given.length) throw new TypeError('sprintf was given more values, or fewer, than its text has verbs')
  return text
}

function write (verb: string, value: unknown): string {
  if (verb === 'd' && Number.isSafeInteger(value)) return String(value)
  if ((verb === 's' || verb === 'v') && typeof value === 'string') return value
  if (verb === 'v' && value !== undefined) return termOf(value)
  throw new TypeError(`sprintf serves %s for text, %d for integers and %v here, not %${verb}`)
}

/** A value as Rego writes it. */
function termOf (value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(termOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${termOf(item)}`).sort().join(', ')}}`
}
