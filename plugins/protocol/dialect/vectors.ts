/**
 * Vectors (embeddings): numbers of a few digits before the point, or base64 of such numbers as 32-bit floats. Whatever else
 * stands in their place is judged, or listed as bytes that no detector can read.
 */
import { textOfBase64, isBase64 } from '../../../core/content/binary.ts'
import type { JsonArray } from '../../../core/content/json.ts'

const vectorNumber = /^-?\d{1,4}(?:\.\d{1,24})?(?:[eE][-+]?\d{1,3})?$/

/** True for a number as vectors hold them. One of many digits before the point could be an identifier. */
export function isVectorNumber (literal: string): boolean {
  return vectorNumber.test(literal)
}

/** What {@link vectorNumber} refuses, in a list of numbers. */
const otherNumber = /(?:^|[,\s])-?\d{5}|\.\d{25}|[eE][-+]?\d{4}/

/** The same of all numbers of a list. */
export function isVectorList (list: JsonArray): boolean {
  if (list.numbers !== null) return !otherNumber.test(list.numbers.text)
  return list.items.every(item => item.kind === 'number' && isVectorNumber(item.text))
}

const largest = 10_000
/** What is shorter could be an identifier or a password, and costs little to judge. */
const fewestNumbers = 16

/** True for base64 of 32-bit floats, little-endian, of the size that vectors have, which is no text besides. */
export function isVector (encoded: string): boolean {
  if (!isBase64(encoded) || textOfBase64(encoded) !== null) return false
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length < fewestNumbers * 4 || bytes.length % 4 !== 0) return false
  for (let at = 0; at < bytes.length; at += 4) if (!(Math.abs(bytes.readFloatLE(at)) < largest)) return false
  return true
}
