/** A workload with a key of its own, its identity token, and the proofs that it makes for requests (drafts of WIMSE). */
import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import type { TestIssuer } from './issuer.ts'

type Changes = Readonly<Record<string, unknown>>

export interface TestWorkload {
  readonly publicKey: JWK
  /** An identity token of this workload, changed as the test needs it. */
  identify (claims?: Changes, header?: Changes): Promise<string>
  /** A proof for a request with these tokens; claims and header fields that are undefined are left out. */
  prove (tokens: ProvenTokens, claims?: Changes, header?: Changes, key?: CryptoKey): Promise<string>
}

export interface ProvenTokens { readonly identity: string, readonly access?: string, readonly transaction?: string }

export async function createWorkload (issuer: TestIssuer, { subject = 'spiffe://acme.example/agents/writer', url = 'https://ai.example/v1/chat/completions', algorithm = 'ES256' } = {}): Promise<TestWorkload> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...await exportJWK(publicKey), alg: algorithm }
  return {
    publicKey: jwk,
    identify: async (claims = {}, header = {}) => await issuer.sign({ sub: subject, tenant: 'acme', cnf: { jwk }, ...claims }, { header: { typ: 'wit+jwt', ...header } }),
    prove: async ({ identity, access, transaction }, claims = {}, header = {}, key = privateKey) => {
      const all = {
        aud: url,
        exp: Math.floor(Date.now() / 1000) + 60,
        jti: randomUUID(),
        wth: digest(identity),
        ...access === undefined ? {} : { ath: digest(access) },
        ...transaction === undefined ? {} : { tth: digest(transaction) },
        ...claims
      }
      return await new SignJWT(all).setProtectedHeader({ alg: algorithm, typ: 'wpt+jwt', ...header }).sign(key)
    }
  }
}

/** A transaction token for somebody. */
export async function signTransaction (issuer: TestIssuer, claims: Changes = {}, header: Changes = {}): Promise<string> {
  return await issuer.sign({ aud: 'acme.example', sub: 'ada', tenant: 'acme', txn: '97053963-771d-49cc-a4e3-20aad399c312', scope: 'chat', req_wl: 'entry.acme.example', roles: ['analyst', 'editor'], ...claims }, { header: { typ: 'txntoken+jwt', ...header } })
}

export function digest (token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
