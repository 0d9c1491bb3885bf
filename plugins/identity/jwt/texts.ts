/** Texts taken from claims: they enter policies and records, so they must be plain. */
import { GatewayError } from '../../../core/pipeline/plugin.ts'

const longestText = 1024
const mostTexts = 1000
/** Control characters, and halves of surrogate pairs, which no UTF-8 can hold. */
const unfit = /[\p{Cc}\p{Cs}]/u

/** The text, or null where the claim is absent or null. Throws GW_IDENTITY_INVALID for anything else, the empty text included. */
export function optionalText (value: unknown): string | null {
  if (value === undefined || value === null) return null
  const isFit = typeof value === 'string' && value !== '' && value.length <= longestText && !unfit.test(value)
  if (!isFit) throw new GatewayError('GW_IDENTITY_INVALID')
  return value
}

/** A list of texts, or one text as a list of one; sorted, each once. */
export function textsOf (value: unknown): string[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > mostTexts) throw new GatewayError('GW_IDENTITY_INVALID')
  const texts = list.map(one => optionalText(one))
  if (texts.includes(null)) throw new GatewayError('GW_IDENTITY_INVALID')
  return [...new Set(texts.filter(text => text !== null))].sort()
}
