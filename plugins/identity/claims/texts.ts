/** Texts taken from credentials: they enter policies and records, so they must be plain. */
import { invalid } from './refusal.ts'

const longestText = 1024
const mostTexts = 1000
/** Control characters, and halves of surrogate pairs, which no UTF-8 can hold. */
const unfit = /[\p{Cc}\p{Cs}]/u

/** True for a text that may enter a principal. */
export function isFitText (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText && !unfit.test(value)
}

/** The text, or null where the claim is absent or null. Throws GW_IDENTITY_INVALID for anything else, the empty text included. */
export function optionalText (value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (!isFitText(value)) throw invalid('a claim that must be a text is none, is empty, too long or holds control characters')
  return value
}

/** A list of texts, or one text as a list of one; sorted, each once. */
export function textsOf (value: unknown): string[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > mostTexts) throw invalid('a list of texts is too long')
  const texts = list.map(one => optionalText(one))
  if (texts.includes(null)) throw invalid('a list of texts holds something else')
  return [...new Set(texts.filter(text => text !== null))].sort()
}
