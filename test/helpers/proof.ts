/** A client with a key of its own that makes DPoP proofs, good ones and others. */
import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

export interface ProofClient {
  readonly thumbprint: string
  readonly publicKey: JWK
  readonly privateKey: CryptoKey
  /** A proof for a token, changed as the test needs it: claims and header fields that are undefined are left out. */
  prove (token: string, changes?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>, key?: CryptoKey): Promise<string>
}

export interface ProofTarget { readonly method: string, readonly url: string }

export async function createProofClient (target: ProofTarget, algorithm = 'ES256'): Promise<ProofClient> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    publicKey: jwk,
    privateKey,
    prove: async (token, changes = {}, header = {}, key = privateKey) => {
      const claims = { htm: target.method, htu: target.url, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ath: createHash('sha256').update(token).digest('base64url'), ...changes }
      return await new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk, ...header } as never).sign(key)
    }
  }
}
