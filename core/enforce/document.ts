/** Strict decoding of what a PDP answered: every reader takes one form and throws {@link Malformed} for any other. */
import type { Obligation, Redaction, RedactionOperator } from './decision.ts'
import type { UnscannedKind } from '../pipeline/facts.ts'

/** What is wrong with a document: names its fields, never their values. */
export class Malformed extends Error {}

export type Fields = Readonly<Record<string, unknown>>

/** An object with exactly these keys. */
export function exactObject (value: unknown, keys: readonly string[], where: string): Fields {
  const fields = anyObject(value, where)
  const given = Object.keys(fields)
  if (given.length !== keys.length || !keys.every(key => Object.hasOwn(fields, key))) throw new Malformed(`${where} has other fields than ${keys.join(', ')}`)
  return fields
}

function anyObject (value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${where} is no object`)
  return value as Fields
}

/** Text of 1 to 128 printable characters: what may stand in a record and, for the most part, in a header. */
export function name (value: unknown, where: string): string {
  if (typeof value !== 'string' || value.length > 128 || !(plain.test(value) || printable.test(value))) throw new Malformed(`${where} is no name`)
  return value
}

/** What nearly all names are; the other says as much, for all of Unicode, and takes longer. */
const plain = /^[\w.:@/-]+$/
const printable = /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u

export function list<T> (value: unknown, where: string, readItem: (item: unknown, where: string) => T, most = 1000): readonly T[] {
  if (!Array.isArray(value) || value.length > most) throw new Malformed(`${where} is no list of at most ${most}`)
  return Object.freeze(value.map((item: unknown, index) => readItem(item, `${where}[${index}]`)))
}

/** Names in ascending order, none twice. */
export function sortedNames (value: unknown, where: string): readonly string[] {
  const names = list(value, where, name)
  if (names.some((item, index) => index > 0 && byCodePoint(names[index - 1] ?? '', item) >= 0)) throw new Malformed(`${where} is not sorted or holds something twice`)
  return names
}

/** As Rego sorts strings: by their UTF-8 bytes. */
function byCodePoint (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** One of a closed list of texts. */
export function oneOf<T extends string> (value: unknown, known: readonly T[], where: string): T {
  const found = known.find(item => item === value)
  if (found === undefined) throw new Malformed(`${where} is none of ${known.join(', ')}`)
  return found
}

/** A text for the caller, or null. */
export function message (value: unknown, where: string): string | null {
  if (value === null) return null
  if (typeof value !== 'string' || value.length > 500 || /\p{C}/u.test(value)) throw new Malformed(`${where} is no text of at most 500 printable characters`)
  return value
}

const kinds = ['image', 'audio', 'file', 'token_array', 'remote', 'state', 'encrypted', 'binary', 'opaque'] as const satisfies readonly UnscannedKind[]

export function unscannedKinds (value: unknown, where: string): readonly UnscannedKind[] {
  return list(sortedNames(value, where), where, (item, at) => oneOf(item, kinds, at))
}

const operators = ['replace', 'mask', 'remove', 'hash', 'generalise', 'pseudonym', 'encrypt', 'drop_part'] as const satisfies readonly RedactionOperator[]

export function redactions (value: unknown, where: string): readonly Redaction[] {
  return list(value, where, (item, at) => {
    const { labels, operator } = exactObject(item, ['labels', 'operator'], at)
    const names = list(labels, `${at}.labels`, name)
    if (names.length === 0) throw new Malformed(`${at}.labels is empty`)
    return Object.freeze({ labels: names, operator: oneOf(operator, operators, `${at}.operator`) })
  })
}

/** What each type takes beside `id` and `type`; null where any member may stand. */
const parametersOf: Readonly<Record<Obligation['type'], Readonly<Record<string, (value: unknown, where: string) => unknown>> | null>> = {
  mark: null,
  response_mode: { mode: (value, where) => oneOf(value, ['incremental', 'buffer', 'observe'], where) },
  latency_budget: { ms: amount },
  cost_budget: { micros: amount },
  max_output_tokens: { n: amount },
  require_reason: {}
}

const obligationTypes = Object.keys(parametersOf) as Array<Obligation['type']>

/** Each id once: the same obligation with different content is a conflict, which the policy reports itself. */
export function obligations (value: unknown, where: string): readonly Obligation[] {
  const decoded = list(value, where, obligation)
  if (new Set(decoded.map(({ id }) => id)).size !== decoded.length) throw new Malformed(`${where} holds an id twice`)
  return decoded
}

function obligation (value: unknown, where: string): Obligation {
  const { id, type, ...parameters } = anyObject(value, where)
  const known = oneOf(type, obligationTypes, `${where}.type`)
  const readers = parametersOf[known]
  if (readers === null) marks(parameters, where)
  else for (const [key, read] of Object.entries(readers)) read(exactObject(parameters, Object.keys(readers), where)[key], `${where}.${key}`)
  if (readers !== null) exactObject(parameters, Object.keys(readers), where)
  return Object.freeze({ id: name(id, `${where}.id`), type: known, parameters: deepFreeze(parameters) })
}

/** Members of a disclosure: texts, integers, booleans and lists of them. */
function marks (parameters: Fields, where: string): void {
  const isScalar = (value: unknown): boolean => typeof value === 'boolean' || Number.isSafeInteger(value) || (typeof value === 'string' && value.length <= 500)
  for (const [key, value] of Object.entries(parameters)) {
    name(key, `a member of ${where}`)
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (values.length > 100 || !values.every(isScalar)) throw new Malformed(`${where} has a member that is no text, integer, boolean or list of them`)
  }
}

function amount (value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Malformed(`${where} is no integer from 0`)
  return value
}

/** Freezes a value of JSON with all it holds, in place. */
export function deepFreeze<T> (value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) deepFreeze(item)
  else for (const key in value) deepFreeze(value[key]) // what JSON makes inherits nothing that is enumerable
  return Object.freeze(value)
}
