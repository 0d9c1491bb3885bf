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

/** The verbs %s %d %v and %%, without flags; a format with any other is undefined, as is a value that does not fit its verb. */
function sprintf (format: unknown, values: unknown): string | undefined {
  if (typeof format !== 'string' || !Array.isArray(values)) return undefined
  const given: readonly unknown[] = values
  let used = 0
  let fits = true
  const text = format.replace(/%(.?)/gsu, (_whole, verb: string) => {
    if (verb === '%') return '%'
    const written = write(verb, given[used++])
    if (written === undefined) fits = false
    return written ?? ''
  })
  return fits && used === given.length ? text : undefined
}

function write (verb: string, value: unknown): string | undefined {
  if (verb === 'd') return Number.isSafeInteger(value) ? String(value) : undefined
  if (verb === 's') return typeof value === 'string' ? value : undefined
  if (verb !== 'v') return undefined
  if (typeof value === 'string') return value
  return value === undefined ? undefined : JSON.stringify(value)
}
