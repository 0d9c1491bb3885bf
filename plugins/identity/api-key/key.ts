/** The form of an API key, and what is kept of it: `spk_<id>_<secret>`, of which a file holds the id and a keyed digest. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What every key begins with: secret scanners and the choice of a branch know it by that. */
export const keyPrefix = 'spk_'

const form = /^spk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
const hashForm = /^hmac-sha256:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})$/

/** For the JSON Schema of the file. */
export const hashPattern = hashForm.source

export interface ReadKey { readonly id: string, readonly text: string }

/** Null for what is no key of this form. */
export function readKey (text: string): ReadKey | null {
  const [, id] = form.exec(text) ?? []
  return id === undefined ? null : { id, text }
}

/** A key with 256 bits of chance, which is shown once and never kept. */
export function newKey (): ReadKey {
  const id = randomBytes(8).toString('hex')
  return { id, text: `${keyPrefix}${id}_${randomBytes(32).toString('base64url')}` }
}

/**
 * `hmac-sha256:<salt>:<digest>`. A key of 256 random bits cannot be guessed from its digest, so that no slow function is
 * needed; the salt, or a pepper that lies elsewhere, keeps two files from being compared.
 */
export function hashKey (text: string, pepper: string | null): string {
  const salt = randomBytes(16).toString('base64url')
  return `hmac-sha256:${salt}:${digest(text, salt, pepper)}`
}

/** In constant time. */
export function isKeyOf (text: string, hash: string, pepper: string | null): boolean {
  const [, salt = '', expected = ''] = hashForm.exec(hash) ?? []
  const actual = Buffer.from(digest(text, salt, pepper))
  return expected.length === actual.length && timingSafeEqual(actual, Buffer.from(expected))
}

function digest (text: string, salt: string, pepper: string | null): string {
  return createHmac('sha256', `${salt}${pepper ?? ''}`).update(text).digest('base64url')
}
