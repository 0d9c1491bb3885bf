/**
 * OPA's signatures of bundles (`.signatures.json`): one JWS whose payload lists every file with its digest. JSON files are
 * hashed by what they hold, others by their bytes. https://www.openpolicyagent.org/docs/management-bundles#signing
 */
import { createHash, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { posix } from 'node:path'
import { CompactSign, compactVerify } from 'jose'
import { jsonOf, readTerm } from '../engine/term.ts'
import type { BundleFiles } from './pack.ts'
import { BundleRefused } from './refusal.ts'

export const signaturesName = '.signatures.json'

export const signatureAlgorithms = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'HS256', 'HS384', 'HS512'] as const
export type SignatureAlgorithm = typeof signatureAlgorithms[number]

interface KeyTerms {
  /** PEM; for HS algorithms the secret itself. */
  readonly text: string
  readonly algorithm: SignatureAlgorithm
  /** What the signature is for; empty where it is for anything. */
  readonly scope: string
}

export interface SigningKey extends KeyTerms {
  /** Names the key for those who have several. OPA does not verify a bundle without one. */
  readonly keyId: string
}

export type VerificationKey = KeyTerms

/** The text of `.signatures.json`. Throws what node:crypto throws for a key that is none. */
export async function signFiles (files: BundleFiles, { text, algorithm, scope, keyId }: SigningKey): Promise<string> {
  const listed = [...files].map(([name, content]) => ({ name, hash: digestOf(name, content, 'sha256'), algorithm: 'SHA-256' }))
  const payload = JSON.stringify({ files: listed, keyid: keyId, ...scope === '' ? {} : { scope } })
  const token = await new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: algorithm, kid: keyId }).sign(keyOf(text, algorithm, createPrivateKey))
  return JSON.stringify({ signatures: [token] })
}

function keyOf (text: string, algorithm: SignatureAlgorithm, read: (pem: string) => KeyObject): KeyObject {
  return algorithm.startsWith('HS') ? createSecretKey(Buffer.from(text, 'utf8')) : read(text)
}

/** Holds every file against the signature: none may be missing, none may be over. Throws {@link BundleRefused}. */
export async function verifyFiles (files: BundleFiles, key: VerificationKey): Promise<void> {
  const signatures = files.get(signaturesName)
  if (signatures === undefined) throw new BundleRefused('the bundle is not signed, and a key to verify it by is configured')
  const listed = await listedFiles(signatures, key)
  for (const [name, content] of files) {
    if (name === signaturesName) continue
    const entry = listed.get(name)
    if (entry === undefined) throw new BundleRefused(`the signature does not cover ${name}`)
    if (entry.hash.toLowerCase() !== digestOf(name, content, entry.algorithm)) throw new BundleRefused(`${name} is not the file that was signed`)
    listed.delete(name)
  }
  const [missing] = listed.keys()
  if (missing !== undefined) throw new BundleRefused(`the signature covers ${missing}, which the bundle does not hold`)
}

interface Listed { readonly hash: string, readonly algorithm: string }

async function listedFiles (signatures: Uint8Array, { text, algorithm, scope }: VerificationKey): Promise<Map<string, Listed>> {
  const payload = await verifiedPayload(tokenOf(signatures), keyOf(text, algorithm, createPublicKey), algorithm)
  if ((payload['scope'] ?? '') !== scope) throw new BundleRefused('the signature is for another scope')
  const { files } = payload
  if (!Array.isArray(files)) throw new BundleRefused('the signature lists no files')
  return new Map((files as readonly unknown[]).map(readListed))
}

function tokenOf (signatures: Uint8Array): string {
  const document = parsed(signatures)
  const list: unknown = typeof document === 'object' && document !== null && 'signatures' in document ? document.signatures : null
  const [token, ...others] = Array.isArray(list) ? list as readonly unknown[] : []
  if (typeof token !== 'string' || others.length > 0) throw new BundleRefused(`${signaturesName} must hold exactly one signature`)
  return token
}

function parsed (bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new BundleRefused(`${signaturesName} is no JSON`, { cause })
  }
}

async function verifiedPayload (token: string, key: KeyObject, algorithm: SignatureAlgorithm): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] })
    return JSON.parse(Buffer.from(payload).toString('utf8')) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw new BundleRefused('the bundle is not signed by the key that is configured', { cause })
  }
}

/** Digests that still stand; OPA's own tool writes the first. */
const hashNames: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' }

function readListed (value: unknown): readonly [name: string, listed: Listed] {
  if (typeof value === 'object' && value !== null && 'name' in value && 'hash' in value && 'algorithm' in value) {
    const algorithm = hashNames[String(value.algorithm)]
    if (algorithm === undefined) throw new BundleRefused(`the signature uses ${String(value.algorithm).slice(0, 20)}: SHA-256, SHA-384 and SHA-512 are read`)
    return [String(value.name), { hash: String(value.hash), algorithm }]
  }
  throw new BundleRefused('the signature lists no files')
}

/** Of what a JSON file holds, whatever its layout; of the bytes of any other. */
function digestOf (name: string, content: Uint8Array, algorithm: string): string {
  const isStructured = ['data.json', '.manifest'].includes(posix.basename(name))
  return createHash(algorithm).update(isStructured ? structuredText(name, content) : content).digest('hex')
}

/** As OPA writes it: keys sorted, numbers as they are, the two line separators escaped. */
function structuredText (name: string, content: Uint8Array): string {
  try {
    return jsonOf(readTerm(Buffer.from(content).toString('utf8'))).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  } catch (cause) {
    throw new BundleRefused(`${name} is no JSON`, { cause })
  }
}
