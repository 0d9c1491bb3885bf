/**
 * The operator `encrypt`: a value becomes a token that only who holds the key can read.
 *
 *   [EMAIL_ADDRESS:aes256gcm:<key id>:<base64url of nonce (12 bytes), ciphertext, tag (16 bytes)>]
 *
 * AES-256-GCM (NIST SP 800-38D); the key is HKDF-SHA-256 (RFC 5869) of the redaction key with the info `encrypt`, and the word
 * before the first colon is the additional data, so that a token cannot be passed off as one of another type.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openKeyFile, type SecretKey } from './key-file.ts'
import { typeWord } from './type-word.ts'

/** File of the redaction key in `data/keys`. */
export const redactionKeyFile = 'redaction.key'

/** Opens the redaction key in a folder; the first call makes it (mode 0600). */
export function openRedactionKey (folder: string): SecretKey {
  return openKeyFile(join(folder, redactionKeyFile))
}

const nonceBytes = 12
const tagBytes = 16

export function encryptValue (key: SecretKey, label: string, value: string): string {
  const word = typeWord(label)
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', cipherKey(key), nonce)
  cipher.setAAD(Buffer.from(word))
  const sealed = Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `[${word}:aes256gcm:${key.id}:${sealed.toString('base64url')}]`
}

const token = /\[([A-Z0-9_]{1,64}):aes256gcm:([0-9a-f]{8}):([A-Za-z0-9_-]{38,})\]/g

export interface Decrypted {
  readonly text: string
  /** Tokens that were read. */
  readonly opened: number
  /** Tokens of another key, or altered ones: they stay as they are. */
  readonly closed: number
}

/** The text with every token of this key replaced by its value. */
export function decryptTokens (key: SecretKey, text: string): Decrypted {
  let opened = 0
  let closed = 0
  const decrypted = text.replace(token, (whole, word: string, keyId: string, sealed: string) => {
    const value = keyId === key.id ? open(key, word, Buffer.from(sealed, 'base64url')) : null
    if (value === null) closed++
    else opened++
    return value ?? whole
  })
  return { text: decrypted, opened, closed }
}

function open (key: SecretKey, word: string, sealed: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', cipherKey(key), sealed.subarray(0, nonceBytes))
  decipher.setAAD(Buffer.from(word))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

function cipherKey (key: SecretKey): Buffer {
  return Buffer.from(hkdfSync('sha256', key.secret, Buffer.alloc(0), 'encrypt', 32))
}
