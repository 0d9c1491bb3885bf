/**
 * The builtins that are answered by functions of ours, because policies use them and OPA's evaluator would cost them its
 * memory. Each is exact: a test holds every one against OPA's evaluator. A type that OPA refuses is undefined here too.
 */
import { createHash, createHmac } from 'node:crypto'
import { sprintf } from './format.ts'
import type { Term } from './term.ts'

/** Arguments for which a function of ours is not exact: OPA's evaluator answers, where it is at hand, or the evaluation fails. */
export class Beyond extends Error {}

/** Undefined means undefined in Rego. Throws {@link Beyond}. */
export type HostBuiltin =
  | { readonly reads: 'values', run (...given: readonly unknown[]): unknown }
  /** The same; sets are read as lists. */
  | { readonly reads: 'lists', run (...given: readonly unknown[]): unknown }
  | { readonly reads: 'terms', run (...given: readonly Term[]): unknown }

export const hostBuiltins: ReadonlyMap<string, HostBuiltin> = new Map<string, HostBuiltin>([
  ['sprintf', { reads: 'terms', run: sprintf }],
  ['strings.any_prefix_match', { reads: 'lists', run: (texts, starts) => anyPair(texts, starts, (text, start) => text.startsWith(start)) }],
  ['strings.any_suffix_match', { reads: 'lists', run: (texts, ends) => anyPair(texts, ends, (text, end) => text.endsWith(end)) }],
  ['strings.count', ofTexts(count)],
  ['strings.split_n', { reads: 'values', run: splitN }],
  ['indexof_n', ofTexts(indexes)],
  ['object.subset', { reads: 'values', run: subset }],
  ['numbers.range_step', { reads: 'values', run: rangeStep }],
  ['semver.is_valid', { reads: 'values', run: text => typeof text === 'string' && versionOf(text) !== null }],
  ['semver.compare', ofTexts((a, b) => compareVersions(versionOf(a), versionOf(b)))],
  ['hex.encode', ofTexts(text => Buffer.from(text, 'utf8').toString('hex'))],
  ...(['md5', 'sha1', 'sha256'] as const).map(name => [`crypto.${name}`, ofTexts(text => createHash(name).update(text, 'utf8').digest('hex'))] as const),
  ...(['md5', 'sha1', 'sha256', 'sha512'] as const).map(name => [`crypto.hmac.${name}`, ofTexts((text, key) => createHmac(name, Buffer.from(key, 'utf8')).update(text, 'utf8').digest('hex'))] as const),
  ['crypto.hmac.equal', ofTexts((a, b) => a === b)]
])

function ofTexts (run: (first: string, second: string) => unknown): HostBuiltin {
  return { reads: 'values', run: (...given) => given.every(isText) ? run(given[0] ?? '', given[1] ?? '') : undefined }
}

function isText (value: unknown): value is string {
  return typeof value === 'string'
}

function anyPair (texts: unknown, others: unknown, test: (text: string, other: string) => boolean): boolean | undefined {
  const left = isText(texts) ? [texts] : texts
  const right = isText(others) ? [others] : others
  if (!isTextList(left) || !isTextList(right)) return undefined
  return left.some(text => right.some(other => test(text, other)))
}

function isTextList (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}

function count (text: string, part: string): number {
  return part === '' ? [...text].length + 1 : text.split(part).length - 1
}

/** Where a text begins in another, overlapping ones too, counted in code points. */
function indexes (text: string, part: string): number[] | undefined {
  if (part === '') return undefined
  const [points, wanted] = [[...text], [...part]]
  return points.flatMap((_point, at) => wanted.every((point, index) => points[at + index] === point) ? [at] : [])
}

function splitN (text: unknown, separator: unknown, least: unknown): string[] | undefined {
  if (!isText(text) || !isText(separator) || typeof least !== 'number' || !Number.isInteger(least)) return undefined
  const parts = separator === '' ? [...text] : text.split(separator)
  return least >= 0 ? parts.slice(0, least) : parts.slice(Math.max(parts.length + least, 0))
}

/** As OPA has it: objects within objects, and a list where it stands in a row within another. */
function subset (whole: unknown, part: unknown): boolean | undefined {
  if (isObject(whole) && isObject(part)) return objectSubset(whole, part)
  if (Array.isArray(whole) && Array.isArray(part)) return listSubset(whole, part)
  return undefined
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectSubset (whole: Readonly<Record<string, unknown>>, part: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && (equal(whole[key], value) || subset(whole[key], value) === true))
}

/** OPA's search goes on behind a mismatch and never back to where the match began. */
function listSubset (whole: readonly unknown[], part: readonly unknown[]): boolean {
  if (part.length > whole.length) return false
  let [at, matched] = [0, 0]
  while (matched < part.length) {
    if (at + matched === whole.length) return false
    if (equal(whole[at + matched], part[matched])) matched++
    else [at, matched] = [at + 1, 0]
  }
  return true
}

function equal (a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => equal(item, b[index]))
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** Longer ranges belong to OPA, whose memory is bounded. */
const maxRange = 100_000

function rangeStep (from: unknown, to: unknown, step: unknown): number[] | undefined {
  if (![from, to, step].every(Number.isInteger)) return undefined
  const [first, last, width] = [Number(from), Number(to), Number(step)]
  if (width <= 0) return undefined
  const length = Math.floor(Math.abs(last - first) / width) + 1
  if (length > maxRange) throw new Beyond('the range is too long')
  return Array.from({ length }, (_, index) => first <= last ? first + index * width : first - index * width)
}

interface Version { readonly numbers: readonly bigint[], readonly preRelease: string }

const identifiers = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/
const largest = 2n ** 63n - 1n

/** Null for what is no semantic version (semver.org 2.0.0, a leading v allowed). */
function versionOf (text: string): Version | null {
  const [withoutMetadata = '', metadata] = cut(text.replace(/^v/, ''), '+')
  const [core = '', preRelease] = cut(withoutMetadata, '-')
  if ([metadata, preRelease].some(part => part !== undefined && !identifiers.test(part))) return null
  if (preRelease?.split('.').some(part => /^0[0-9]+$/.test(part)) === true) return null
  const parts = core.split('.')
  if (parts.length !== 3 || !parts.every(part => /^(?:0|[1-9][0-9]*)$/.test(part))) return null
  const numbers = parts.map(BigInt)
  return numbers.some(number => number > largest) ? null : { numbers, preRelease: preRelease ?? '' }
}

function cut (text: string, at: string): readonly [before: string, after?: string] {
  const index = text.indexOf(at)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

function compareVersions (a: Version | null, b: Version | null): number | undefined {
  if (a === null || b === null) return undefined
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number > other ? 1 : -1
  }
  if (a.preRelease === b.preRelease) return 0
  if (a.preRelease === '' || b.preRelease === '') return a.preRelease === '' ? 1 : -1
  return comparePreReleases(a.preRelease.split('.'), b.preRelease.split('.'))
}

function comparePreReleases (a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (part !== other) return compareIdentifiers(part, other)
  }
  return a.length === b.length ? 0 : -1
}

function compareIdentifiers (a: string, b: string): number {
  const [isNumber, isOther] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)]
  if (isNumber && isOther) return BigInt(a) > BigInt(b) ? 1 : -1
  if (isNumber !== isOther) return isNumber ? -1 : 1
  return a > b ? 1 : -1
}
