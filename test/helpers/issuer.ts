/** An issuer of tokens for tests: one signing key, its JWKS as a file and, on request, at a URL. */
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import type { Teardown } from './folder.ts'

export interface IssuerOptions {
  /** The `iss` claim. */
  readonly issuer?: string
  /** JWS algorithm. */
  readonly algorithm?: string
  readonly keyId?: string
}

export interface SignOptions {
  /** Seconds from now; negative = expired. */
  readonly expiresInSeconds?: number
  /** Fields to add to, or to take from (`undefined`), the protected header. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Sign with another key than the published one. */
  readonly key?: CryptoKey
}

export interface TestIssuer {
  readonly issuer: string
  readonly algorithm: string
  readonly jwks: { readonly keys: readonly JWK[] }
  readonly privateKey: CryptoKey
  /** A token for `claims`; iss, iat and exp are given unless `claims` names them. */
  sign (claims?: Readonly<Record<string, unknown>>, options?: SignOptions): Promise<string>
  /** Writes `<folder>/jwks.json`; answers its path. */
  writeKeys (folder: string): string
  /** Serves the JWKS on loopback until the test ends; answers the URL. */
  serveKeys (t: Teardown): Promise<JwksServer>
}

export interface JwksServer {
  readonly url: string
  /** Fetches so far. */
  readonly fetches: () => number
  close (): Promise<void>
}

/** The caller of most tests. */
export const defaultClaims = { sub: 'u-17', aud: 'sallyport', tenant: 'acme', roles: ['clinician'] } as const

export async function createIssuer (options: IssuerOptions = {}): Promise<TestIssuer> {
  const { issuer = 'https://idp.test.example', algorithm = 'ES256', keyId = 'test-1' } = options
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwks = { keys: [{ ...await exportJWK(publicKey), kid: keyId, alg: algorithm, use: 'sig' }] }
  return {
    issuer,
    algorithm,
    jwks,
    privateKey,
    sign: (claims = defaultClaims, signing = {}) => signToken({ issuer, algorithm, keyId, privateKey }, claims, signing),
    writeKeys: (folder) => {
      const path = join(folder, 'jwks.json')
      writeFileSync(path, JSON.stringify(jwks))
      return path
    },
    serveKeys: (t) => serveKeys(t, jwks)
  }
}

interface SigningKey { readonly issuer: string, readonly algorithm: string, readonly keyId: string, readonly privateKey: CryptoKey }

async function signToken (from: SigningKey, claims: Readonly<Record<string, unknown>>, options: SignOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload = { iss: from.issuer, iat: now, exp: now + (options.expiresInSeconds ?? 300), ...claims }
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: from.algorithm, kid: from.keyId, ...options.header })
    .sign(options.key ?? from.privateKey)
}

async function serveKeys (t: Teardown, jwks: unknown): Promise<JwksServer> {
  let fetches = 0
  const server = createServer((_request, response) => {
    fetches++
    response.setHeader('content-type', 'application/jwk-set+json')
    response.end(JSON.stringify(jwks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => closeServer(server)
  t.teardown(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, fetches: () => fetches, close }
}

async function closeServer (server: Server): Promise<void> {
  if (!server.listening) return
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => { resolve() }))
}
