/** C2SP signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) with Ed25519, verified. */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'

/** The signature type of a key, as its encoding begins with it: Ed25519, and Ed25519 cosignatures with their time. */
export const ed25519 = 1
export const cosignature = 4

export interface VerifierKey {
  readonly origin: string
  readonly id: Buffer
  readonly key: KeyObject
  /** What signs with it: the log its checkpoints, or a witness its cosignatures (c2sp.org/tlog-cosignature). */
  readonly use: 'log' | 'witness'
  /** Checkpoints of larger trees are not taken from it: it was replaced or revoked there. */
  readonly until: number
}

export interface Checkpoint { readonly origin: string, readonly size: number, readonly root: Buffer }

/** SHA-256(name, newline, signature type, key), first 4 bytes. */
export function keyId (origin: string, publicKey: Uint8Array, type = ed25519): Buffer {
  return createHash('sha256').update(`${origin}\n`).update(Buffer.from([type])).update(publicKey).digest().subarray(0, 4)
}

/** Reads a verifier key, `origin+hash+base64`, and ` until=SIZE` behind one that was revoked. Throws for anything else. */
export function parseVerifier (text: string): VerifierKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)(?: until=(\d{1,15}))?$/.exec(text.trim())
  const raw = Buffer.from(match?.[3] ?? '', 'base64')
  const [algorithm, publicKey] = [raw[0], raw.subarray(1)]
  const origin = match?.[1]
  if (origin === undefined || (algorithm !== ed25519 && algorithm !== cosignature) || publicKey.length !== 32) throw new Error('not a note verifier key (origin+hash+base64, Ed25519)')
  const id = keyId(origin, publicKey, algorithm)
  if (id.toString('hex') !== match?.[2]) throw new Error('the hash in the verifier key does not fit its key')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') }, format: 'jwk' })
  const until = match?.[4] === undefined ? Infinity : Number(match[4])
  return { origin, id, key, use: algorithm === ed25519 ? 'log' : 'witness', until }
}

/** The checkpoint of a note that one of the keys signed. Throws where none did or the text is malformed. */
export function openCheckpoint (note: string, keys: readonly VerifierKey[]): Checkpoint {
  const { text, signatures } = splitNote(note)
  const checkpoint = parseCheckpoint(text, keys)
  const signers = keys.filter(({ use, until }) => use === 'log' && checkpoint.size <= until)
  if (!signatures.some(line => signers.some(key => signs(text, line, key)))) throw new Error('no known key signed the checkpoint')
  return checkpoint
}

/** The witnesses that cosigned a checkpoint, by name (c2sp.org/tlog-cosignature). */
export function cosignersOf (note: string, witnesses: readonly VerifierKey[]): string[] {
  return cosignaturesOf(note, witnesses).map(({ name }) => name)
}

/** Who cosigned a checkpoint, and when it says so. */
export interface Cosignature { readonly name: string, readonly seconds: number }

export function cosignaturesOf (note: string, witnesses: readonly VerifierKey[]): Cosignature[] {
  const { text, signatures } = splitNote(note)
  return witnesses.flatMap(key => {
    const seconds = signatures.map(line => cosignedAt(text, line, key)).find(time => time !== null)
    return seconds === undefined ? [] : [{ name: key.origin, seconds }]
  })
}

/** The signed text of a note and its signature lines. Throws for what is no note. */
export function splitNote (note: string): { readonly text: string, readonly signatures: readonly string[] } {
  const border = note.lastIndexOf('\n\n')
  if (border < 0 || !note.endsWith('\n')) throw new Error('this is no signed note')
  return { text: note.slice(0, border + 1), signatures: note.slice(border + 2, -1).split('\n') }
}

/** Reads the signed text of a note; who signed it is not looked at. */
export function parseCheckpoint (text: string, keys: readonly Pick<VerifierKey, 'origin'>[]): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n')
  const parsed = { origin, size: Number(size), root: Buffer.from(root, 'base64') }
  const wellFormed = /^(?:0|[1-9]\d{0,15})$/.test(size) && parsed.root.length === 32 && keys.some(key => key.origin === origin)
  if (!wellFormed) throw new Error('no known key signed the checkpoint, or it is malformed')
  return parsed
}

function signs (text: string, line: string, key: VerifierKey): boolean {
  const signature = signatureOf(line, key)
  return signature !== null && verify(null, Buffer.from(text), key.key, signature)
}

const timeBytes = 8

/** Seconds since the epoch, or null where the line is no cosignature of that key. */
function cosignedAt (text: string, line: string, key: VerifierKey): number | null {
  const timed = key.use === 'witness' ? signatureOf(line, key) : null
  if (timed === null || timed.length < timeBytes) return null
  const seconds = timed.readBigUInt64BE()
  return verify(null, cosignedText(text, seconds), key.key, timed.subarray(timeBytes)) ? Number(seconds) : null
}

/** What a witness signs of a checkpoint at a time, seconds since the epoch. */
export function cosignedText (text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/** What a signature line holds behind the key's id, or null where the line is another key's. */
function signatureOf (line: string, key: VerifierKey): Buffer | null {
  const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line)
  const raw = Buffer.from(match?.[2] ?? '', 'base64')
  if (match?.[1] !== key.origin || !raw.subarray(0, 4).equals(key.id)) return null
  return raw.toString('base64') === match[2] ? raw.subarray(4) : null // one signature, one text
}
