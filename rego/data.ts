/** Reads data files of a policy, and joins them into one document. */
import { parseDocument } from 'yaml'

export type JsonObject = Readonly<Record<string, unknown>>

/** JSON is YAML, and repeated keys are errors in this reader alone. Throws Error that says what is wrong. */
export function parseData (text: string): unknown {
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, merge: false, intAsBigInt: true })
  const [error] = document.errors
  if (error !== undefined) throw error
  return document.toJS({ maxAliasCount: 0, reviver: (_key, value) => typeof value === 'bigint' ? exact(value) : value })
}

/** A number that would be rounded would be another one for the rules. */
function exact (value: bigint): number {
  if (!Number.isSafeInteger(Number(value))) throw new Error(`the number ${value} is too long to be kept: write it as text`)
  return Number(value)
}

/** A file's content stands under the names of its folders, as OPA has it. Throws Error for what is no object, or given twice. */
export function mergeData (into: JsonObject, name: string, content: unknown): JsonObject {
  const folders = name.split('/').slice(0, -1)
  return merge(into, folders.reduceRight<unknown>((value, key) => ({ [key]: value }), content), '')
}

export function isObject (value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merge (into: JsonObject, from: unknown, path: string): JsonObject {
  if (!isObject(from)) throw new Error(`an object is required at ${path === '' ? 'the root' : path}`)
  const merged: Record<string, unknown> = { ...into }
  for (const [key, value] of Object.entries(from)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined
    const joined = before === undefined ? value : isObject(before) ? merge(before, value, `${path}/${key}`) : twice(`${path}/${key}`)
    Object.defineProperty(merged, key, { value: joined, enumerable: true, configurable: true, writable: true })
  }
  return merged
}

function twice (path: string): never {
  throw new Error(`${path} is given by two data files`)
}
