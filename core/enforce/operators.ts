/** What a redaction puts in a finding's place (CONTRACT 4, redaction operators). */
import { createHmac, type KeyObject } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { RedactionOperator } from './decision.ts'

export interface OperatorContext {
  /** Key of `hash`; without one that operator is refused. */
  readonly hashKey?: Uint8Array | KeyObject | null
}

/** Characters that `mask` leaves at the end, and the length below which it leaves none. */
const maskKeeps = 4
const maskKeepsFrom = 8

/**
 * The text that replaces a finding. Throws GW_POLICY_REDACTION for an operator that cannot be applied to a span of text:
 * the caller of this then denies or blocks, and never lets the value pass.
 */
export function applyOperator (operator: RedactionOperator, label: string, text: string, context: OperatorContext): string {
  switch (operator) {
    case 'replace': return `[${typeWord(label)}]`
    case 'mask': return mask(label, text)
    case 'remove': return ''
    case 'hash': return hash(label, text, context)
    default: throw new GatewayError('GW_POLICY_REDACTION', { reasons: [`redaction.${String(operator)}`] })
  }
}

/** The last word of a label, as it stands in a text: `pii.email_address` is `EMAIL_ADDRESS`. */
function typeWord (label: string): string {
  return label.slice(label.lastIndexOf('.') + 1).toUpperCase()
}

/** Stars, one for each character; the last four stay where enough is hidden. Nothing of a secret ever stays. */
function mask (label: string, text: string): string {
  const characters = [...text]
  const isSecret = label === 'secret' || label.startsWith('secret.')
  const kept = isSecret || characters.length < maskKeepsFrom ? 0 : maskKeeps
  const hidden = characters.length - kept
  return '*'.repeat(hidden) + characters.slice(hidden).join('')
}

/** Keyed, so that who lacks the key cannot try values out; 64 bits tell equal from different. */
function hash (label: string, text: string, { hashKey }: OperatorContext): string {
  if (hashKey === undefined || hashKey === null) throw new GatewayError('GW_POLICY_REDACTION', { reasons: ['redaction.hash'] })
  const mac = createHmac('sha256', hashKey).update('redaction\0').update(label).update('\0').update(text, 'utf8')
  return `[${typeWord(label)}:${mac.digest('hex').slice(0, 16)}]`
}
