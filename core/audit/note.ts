/** C2SP signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) with Ed25519. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'

const ed25519 = 1

export interface SigningKey {
  readonly origin: string
  readonly privateKey: KeyObject
  /** Raw public key, 32 bytes. */
  readonly publicKey: Buffer
  /** Names the key in the notes it signs, 4 bytes. */
  readonly id: Buffer
}

export interface VerifierKey { readonly origin: string, readonly id: Buffer, readonly key: KeyObject }

export interface Checkpoint { readonly origin: string, readonly size: number, readonly root: Buffer }

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

/** SHA-256(name, newline, algorithm, key), first 4 bytes. */
function keyId (origin: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${origin}\n`).update(Buffer.from([ed25519])).update(publicKey).digest().subarray(0, 4)
}

/** `origin+hash+base64`, the text that verifies this key's notes. */
export function verifierText (key: SigningKey): string {
  const encoded = Buffer.concat([Buffer.from([ed25519]), key.publicKey]).toString('base64')
  return `${key.origin}+${key.id.toString('hex')}+${encoded}`
}

/** Reads the text of {@link verifierText}. Throws for anything else. */
export function parseVerifier (text: string): VerifierKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim())
  const raw = Buffer.from(match?.[3] ?? '', 'base64')
  const [algorithm, publicKey] = [raw[0], raw.subarray(1)]
  const origin = match?.[1]
  if (origin === undefined || algorithm !== ed25519 || publicKey.length !== 32) throw new Error('not a note verifier key (origin+hash+base64, Ed25519)')
  const id = keyId(origin, publicKey)
  if (id.toString('hex') !== match?.[2]) throw new Error('the hash in the verifier key does not fit its key')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') }, format: 'jwk' })
  return { origin, id, key }
}

/** The signed checkpoint of a tree. */
export function signCheckpoint (key: SigningKey, size: number, root: Buffer): string {
  const text = `${key.origin}\n${size}\n${root.toString('base64')}\n`
  const signature = sign(null, Buffer.from(text), key.privateKey)
  const line = Buffer.concat([key.id, signature]).toString('base64')
  return `${text}\n— ${key.origin} ${line}\n`
}

/** The checkpoint of a note that one of the keys signed. Throws where none did or the text is malformed. */
export function openCheckpoint (note: string, keys: readonly VerifierKey[]): Checkpoint {
  const border = note.lastIndexOf('\n\n')
  const text = note.slice(0, border + 1)
  const signatures = note.slice(border + 2, -1).split('\n')
  if (border < 0 || !note.endsWith('\n') || !signatures.some(line => keys.some(key => verifies(text, line, key)))) throw new Error('no known key signed the checkpoint')
  return parseCheckpoint(text, keys)
}

/** Reads the signed text of a note; who signed it is not looked at. */
export function parseCheckpoint (text: string, keys: readonly Pick<VerifierKey, 'origin'>[]): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n')
  const parsed = { origin, size: Number(size), root: Buffer.from(root, 'base64') }
  const wellFormed = /^(?:0|[1-9]\d{0,15})$/.test(size) && parsed.root.length === 32 && keys.some(key => key.origin === origin)
  if (!wellFormed) throw new Error('the checkpoint is malformed')
  return parsed
}

function verifies (text: string, line: string, key: VerifierKey): boolean {
  const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line)
  const raw = Buffer.from(match?.[2] ?? '', 'base64')
  if (match?.[1] !== key.origin || !raw.subarray(0, 4).equals(key.id)) return false
  if (raw.toString('base64') !== match[2]) return false // one signature, one text
  return verify(null, Buffer.from(text), key.key, raw.subarray(4))
}
