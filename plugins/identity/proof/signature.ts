/** The key that a proof shows or a token carries, and the signature that it makes. */
import { calculateJwkThumbprint, compactVerify, importJWK, type CryptoKey, type JWK } from 'jose'
import { badProof } from './refusal.ts'

/** JWS algorithms of proofs: none that is symmetric, none that is weak. */
export const proofAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256']

/** Members of a private or a shared key, which has no place in a proof. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The public members alone. Throws GW_IDENTITY_PROOF_INVALID for what is no public key. */
export function publicKeyOf (jwk: unknown): JWK {
  const isObject = typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)
  if (!isObject || secretMembers.some(member => member in jwk)) throw badProof('jwk is missing, or no public key')
  const { kty, crv, x, y, n, e } = jwk as JWK
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => typeof part === 'string')) as unknown as JWK
}

/** SHA-256 thumbprint (RFC 7638). */
export async function thumbprintOf (jwk: JWK): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk, 'sha256')
  } catch {
    throw badProof('jwk is no public key')
  }
}

/** Throws GW_IDENTITY_PROOF_INVALID where this key did not make the signature by this algorithm. */
export async function checkProofSignature (text: string, jwk: JWK, algorithm: string): Promise<void> {
  if (!proofAlgorithms.includes(algorithm)) throw badProof('alg is none that proofs are taken in')
  try {
    const key = await importJWK(jwk, algorithm)
    await compactVerify(text, key as CryptoKey, { algorithms: [algorithm] })
  } catch {
    throw badProof('the signature is not made by the key in jwk')
  }
}
