/** Tokens and subjects that are revoked before they expire: a file that an operator, or a hook of the issuer, writes. */
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import type { Verified } from '../claims/principal.ts'
import { refusal } from '../claims/refusal.ts'
import { WatchedFile, type WatchedOptions } from '../file/watched.ts'

/** For the JSON Schema of a plugin. */
export const revokedField = { type: 'string', minLength: 1, description: 'File with revoked tokens and subjects (JSON, see docs/identity.md). Looked at every second; while it cannot be used nobody is let in.' } as const

const text = { type: 'string', minLength: 1 }
const listSchema = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['issuer'],
    properties: { issuer: text, token: text, subject: text, before: text },
    oneOf: [{ required: ['token'] }, { required: ['subject'] }],
    dependencies: { before: ['subject'] }
  }
}

interface RevocationEntry { readonly issuer: string, readonly token?: string, readonly subject?: string, readonly before?: string }

interface RevokedTokens {
  /** By issuer and `jti`. */
  readonly tokens: ReadonlySet<string>
  /** By issuer and subject: tokens issued before then, or all (Infinity). Milliseconds since 1970. */
  readonly subjects: ReadonlyMap<string, number>
}

export interface Revocations {
  /** Throws GW_IDENTITY_REVOKED, or GW_IDENTITY_KEYS_UNAVAILABLE while the list cannot be used. */
  check (verified: Verified): void
}

/** Nothing is revoked where no file is configured. */
export async function openRevocations (file: string | undefined, folder: string, options: WatchedOptions): Promise<Revocations> {
  if (file === undefined) return { check: () => {} }
  const list = await WatchedFile.open(resolve(folder, file), readRevocations, options)
  return { check: verified => { refuseRevoked(verified, list.current) } }
}

/** Throws Error for a list that is not in its form: a slip must not let anybody back in. */
export function readRevocations (content: Buffer): RevokedTokens {
  const entries = JSON.parse(content.toString('utf8')) as readonly RevocationEntry[]
  if (!new Ajv({ strict: false }).validate(listSchema, entries)) throw new Error('the list of revocations is not in its form')
  return {
    tokens: new Set(entries.flatMap(({ issuer, token }) => token === undefined ? [] : [nameOf(issuer, token)])),
    subjects: new Map(entries.flatMap(({ issuer, subject, before }) => subject === undefined ? [] : [[nameOf(issuer, subject), timeOf(before)]]))
  }
}

function timeOf (before: string | undefined): number {
  const ms = before === undefined ? Infinity : Date.parse(before)
  if (Number.isNaN(ms)) throw new Error('before is no time')
  return ms
}

function nameOf (issuer: string, name: string): string {
  return JSON.stringify([issuer, name])
}

function refuseRevoked ({ principal: { issuer, subject }, tokenId, issuedMs }: Verified, { tokens, subjects }: RevokedTokens): void {
  const before = subjects.get(nameOf(issuer, subject))
  const isRevoked = (tokenId !== null && tokens.has(nameOf(issuer, tokenId))) || (before !== undefined && (issuedMs ?? -Infinity) < before)
  if (isRevoked) throw refusal('GW_IDENTITY_REVOKED', 'the token, or its subject, is in the list of revocations')
}
