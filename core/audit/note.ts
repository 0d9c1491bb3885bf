/** Signs C2SP notes (c2sp.org/signed-note): core/audit/verify/note.ts verifies them. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { ed25519, keyId } from './verify/note.ts'

/** What signs for a log: a key of the writer's own (here), or a process that holds it (signer-client.ts). */
export interface SigningKey {
  readonly origin: string
  /** Raw public key, 32 bytes. */
  readonly publicKey: Buffer
  /** Names the key in the notes it signs, 4 bytes. */
  readonly id: Buffer
  /** An Ed25519 signature, 64 bytes. Throws where none can be had. */
  sign (text: Uint8Array): Buffer
}

/** PKCS#8 PEM of a new Ed25519 key. */
export function newSigningKey (): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export function openSigningKey (origin: string, pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = Buffer.from(jwk.x ?? '', 'base64url')
  return { origin, publicKey, id: keyId(origin, publicKey), sign: text => sign(null, text, privateKey) }
}

/** `origin+hash+base64`, the text that verifies this key's notes. */
export function verifierText (key: SigningKey): string {
  const encoded = Buffer.concat([Buffer.from([ed25519]), key.publicKey]).toString('base64')
  return `${key.origin}+${key.id.toString('hex')}+${encoded}`
}

/** The signed checkpoint of a tree. While keys are rotated, both sign it. */
export function signCheckpoint (key: SigningKey, size: number, root: Buffer, also: SigningKey | null = null): string {
  const text = `${key.origin}\n${size}\n${root.toString('base64')}\n`
  const lines = also === null ? signatureLine(key, text) : signatureLine(key, text) + signatureLine(also, text)
  return `${text}\n${lines}`
}

function signatureLine (key: SigningKey, text: string): string {
  const line = Buffer.concat([key.id, key.sign(Buffer.from(text))]).toString('base64')
  return `— ${key.origin} ${line}\n`
}
