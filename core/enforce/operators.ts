/** What a redaction puts in a finding's place (CONTRACT 4, redaction operators). */
import { createHmac, type KeyObject } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { RedactionOperator } from './decision.ts'
import { encryptValue } from './encryption.ts'
import { generalise } from './generalise.ts'
import type { SecretKey } from './key-file.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { typeWord } from './type-word.ts'

/** What operators need beside the value. An operator whose means are missing is refused. */
export interface OperatorContext {
  /** Key of `hash`. */
  readonly hashKey?: Uint8Array | KeyObject | null
  /** Key of `encrypt`. */
  readonly redactionKey?: SecretKey | null
  /** Those of the request, for `pseudonym`; an answer has none to issue. */
  readonly pseudonyms?: Pseudonyms | null
}

/** Characters that `mask` leaves at the end, and the length below which it leaves none. */
const maskKeeps = 4
const maskKeepsFrom = 8

/**
 * The text that replaces a finding. Throws GW_POLICY_REDACTION for an operator that cannot be applied to a span of text:
 * the caller of this then denies or blocks, and never lets the value pass.
 */
export function applyOperator (operator: RedactionOperator, label: string, text: string, context: OperatorContext): string {
  const { redactionKey = null, pseudonyms = null } = context
  switch (operator) {
    case 'replace': return `[${typeWord(label)}]`
    case 'mask': return mask(label, text)
    case 'remove': return ''
    case 'hash': return hash(label, text, context)
    case 'generalise': return generalise(label, text)
    case 'pseudonym': return pseudonyms?.issue(label, text) ?? refuse(operator)
    case 'encrypt': return redactionKey === null ? refuse(operator) : encryptValue(redactionKey, label, text)
    default: return refuse(operator)
  }
}

function refuse (operator: string): never {
  throw new GatewayError('GW_POLICY_REDACTION', { reasons: [`redaction.${operator}`] })
}

/** Stars, one for each character; the last four stay where enough is hidden. Nothing of a secret ever stays. */
function mask (label: string, text: string): string {
  const characters = [...text]
  const isSecret = label === 'secret' || label.startsWith('secret.')
  const kept = isSecret || characters.length < maskKeepsFrom ? 0 : maskKeeps
  const hidden = characters.length - kept
  return '*'.repeat(hidden) + characters.slice(hidden).join('')
}

/** Keyed, so that who lacks the key cannot try values out; 96 bits tell equal from different. */
function hash (label: string, text: string, { hashKey }: OperatorContext): string {
  if (hashKey === undefined || hashKey === null) return refuse('hash')
  const mac = createHmac('sha256', hashKey).update('redaction\0').update(label).update('\0').update(text, 'utf8')
  return `[${typeWord(label)}:${mac.digest('hex').slice(0, 24)}]`
}

/** What stands for a text that was dropped because of a finding in it. */
export function dropNotice (label: string): string {
  return `[REMOVED: ${typeWord(label)}]`
}
