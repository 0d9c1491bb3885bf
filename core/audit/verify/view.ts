/** One record as the verifier sees it: held to canonical form and to its schema's keys, its values read only where they are asked for. */
import { decisionFields, envelopeFields, keysOf, outcomeFields, signatureField, type Fields } from '../record-schema.ts'
import type { RecordEnvelope } from '../record.ts'
import { scanCanonical, type Member } from './scan.ts'

export class RecordView {
  readonly leaf: Buffer
  readonly index: number
  readonly timeUs: number
  readonly log: string
  readonly kind: 'decision' | 'outcome' | 'system'
  /** True where the record carries a signature of its own. */
  readonly isSigned: boolean
  readonly #body: readonly Member[]
  readonly #keys: readonly Buffer[] | null

  /** Throws where the leaf is no record of a known version in canonical form. */
  constructor (leaf: Buffer) {
    const members = scanCanonical(leaf)
    const envelope = members.filter(({ depth }) => depth === 0)
    const [, index, log, ...rest] = envelope
    if (!envelopes.some(keys => haveKeys(leaf, envelope, keys)) || index === undefined || log === undefined) throw new Error('the leaf is no record')
    const [version, time] = [rest.at(-1), rest.at(-2)]
    if (version === undefined || time === undefined || valueOf(leaf, version) !== 1) throw new Error('the record is of a version that this verifier does not know')
    this.leaf = leaf
    this.isSigned = envelope.length > plainMembers
    this.#body = members.filter(({ depth }) => depth === 1)
    this.index = count(valueOf(leaf, index))
    this.timeUs = count(valueOf(leaf, time))
    this.log = String(valueOf(leaf, log))
    const known = bodies.find(({ keys }) => haveKeys(leaf, this.#body, keys))
    this.#keys = known?.keys ?? null
    this.kind = kindOf(this.field('kind'), known?.kind ?? 'system')
  }

  /** The whole record. Beyond its keys its values are what the writer put there. */
  value (): RecordEnvelope {
    return JSON.parse(this.leaf.toString('utf8'))
  }

  /** The value of a member of the body; undefined where there is none of that name. */
  field (name: string): unknown {
    const key = Buffer.from(name)
    const at = this.#keys === null ? this.#body.findIndex(member => isKey(this.leaf, member, key)) : this.#keys.findIndex(known => known.equals(key))
    const member = this.#body[at]
    return member === undefined ? undefined : valueOf(this.leaf, member)
  }
}

const envelopes = [keysOf(envelopeFields), keysOf({ ...envelopeFields, ...signatureField })].map(asBuffers)
const plainMembers = Object.keys(envelopeFields).length
const bodies = [
  { kind: 'decision', keys: bodyKeys(decisionFields) },
  { kind: 'outcome', keys: bodyKeys(outcomeFields) }
] as const

function bodyKeys (fields: Fields): Buffer[] {
  return asBuffers(keysOf(fields))
}

function asBuffers (keys: readonly string[]): Buffer[] {
  return keys.map(key => Buffer.from(key))
}

/** A body with the keys of a kind says so; whatever has other keys can only be a system record. */
function kindOf (said: unknown, byKeys: 'decision' | 'outcome' | 'system'): 'decision' | 'outcome' | 'system' {
  if (said === byKeys) return byKeys
  throw new Error(said === 'decision' || said === 'outcome' ? `the record has not the keys of a ${said}` : 'the record is of no known kind')
}

function haveKeys (leaf: Buffer, members: readonly Member[], keys: readonly Buffer[]): boolean {
  return members.length === keys.length && keys.every((key, at) => isKey(leaf, members[at], key))
}

function isKey (leaf: Buffer, member: Member | undefined, key: Buffer): boolean {
  if (member === undefined || member.keyEnd - member.keyStart !== key.length) return false
  for (let at = 0; at < key.length; at++) if (leaf[member.keyStart + at] !== key[at]) return false
  return true
}

const [quote, backslash] = [0x22, 0x5c]

function valueOf (leaf: Buffer, { start, end }: Member): unknown {
  const isPlainText = leaf[start] === quote && !hasEscape(leaf, start, end)
  return isPlainText ? leaf.toString('utf8', start + 1, end - 1) : JSON.parse(leaf.toString('utf8', start, end))
}

function hasEscape (leaf: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (leaf[at] === backslash) return true
  return false
}

function count (value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error('the leaf is no record')
}
