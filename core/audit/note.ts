/** Signs C2SP notes (c2sp.org/signed-note): core/audit/verify/note.ts verifies them. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { ed25519, keyId } from './verify/note.ts'

export interface SigningKey {
  readonly origin: string
  readonly privateKey: KeyObject
  /** Raw public key, 32 bytes. */
  readonly publicKey: Buffer
  /** Names the key in the notes it signs, 4 bytes. */
  readonly id: Buffer
}

/** PKCS#8 PEM of a new Ed25519 key. */
export function newSigningKey (): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export function openSigningKey (origin: string, pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = Buffer.from(jwk.x ?? '', 'base64url')
  return { origin, privateKey, publicKey, id: keyId(origin, publicKey) }
}

/** `origin+hash+base64`, the text that verifies this key's notes. */
export function verifierText (key: SigningKey): string {
  const encoded = Buffer.concat([Buffer.from([ed25519]), key.publicKey]).toString('base64')
  return `${key.origin}+${key.id.toString('hex')}+${encoded}`
}

/** The signed checkpoint of a tree. */
export function signCheckpoint (key: SigningKey, size: number, root: Buffer): string {
  const text = `${key.origin}\n${size}\n${root.toString('base64')}\n`
  const signature = sign(null, Buffer.from(text), key.privateKey)
  const line = Buffer.concat([key.id, signature]).toString('base64')
  return `${text}\n— ${key.origin} ${line}\n`
}
