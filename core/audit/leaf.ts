/** A record as the leaf of the tree: one canonical JSON text, and back. */
import { canonicalize } from './canonical.ts'
import type { RecordEnvelope } from './record.ts'

/** What stands before a body in its leaf, and after it: the body's own bytes stand in it unchanged. Keys in canonical order. */
export const leafStart = '{"body":'

export function leafEnd (index: number, origin: string, timeUs: number): string {
  return `,"index":${index},"log":"${origin}","time_us":${timeUs},"v":1}`
}

/** The body's bytes in a leaf. */
export function bodyOf (leaf: Buffer): Buffer {
  return leaf.subarray(leafStart.length, leaf.lastIndexOf(',"index":'))
}

/** The leaf of a body that is canonical JSON already. */
export function leafOf (body: Uint8Array, index: number, origin: string, timeUs: number): Buffer {
  return Buffer.concat([Buffer.from(leafStart), body, Buffer.from(leafEnd(index, origin, timeUs))])
}

/** Reads a leaf. Throws where it is no record or not in canonical form. */
export function parseLeaf (leaf: Uint8Array): RecordEnvelope {
  const text = decoder.decode(leaf)
  const value: unknown = JSON.parse(text)
  if (!isRecord(value)) throw new Error('the leaf is no record')
  if (canonicalize(value) !== text) throw new Error('the record is not in canonical form')
  return value
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const kinds: ReadonlySet<unknown> = new Set(['decision', 'outcome', 'system'])

function isRecord (value: unknown): value is RecordEnvelope {
  if (!isObject(value) || !isObject(value['body'])) return false
  return value['v'] === 1 && typeof value['log'] === 'string' && isCount(value['index']) && isCount(value['time_us']) && kinds.has(value['body']['kind'])
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount (value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
