/** As whom the gateway introspects: how each question proves it (RFC 6749 section 2.3.1, RFC 7523 section 2.2, RFC 8705 section 2). */
import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { readReference } from '../../../core/config/reference.ts'
import type { ClientEntry } from './config.ts'

/** What a question carries beside the token. */
export interface Proof { readonly headers: Readonly<Record<string, string>>, readonly form: Readonly<Record<string, string>> }

export interface Client {
  /** The certificate and key of its connections; null = none. */
  readonly identity: { readonly certificate: string, readonly key: string } | null
  prove (): Promise<Proof>
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Throws Error for references that cannot be resolved, and keys that cannot be read. */
export function openClient (entry: ClientEntry, issuer: string, folder: string): Client {
  const { id, secret, private_key: privateKey, certificate, key } = entry
  if (secret !== undefined) return withSecret(id, readReference(secret, folder), entry.secret_in ?? 'header')
  if (privateKey !== undefined) return withAssertion(id, issuer, readKey(readReference(privateKey, folder)), entry.algorithm ?? null)
  if (certificate === undefined || key === undefined) throw new Error('the client has neither secret, private_key nor certificate and key')
  return { identity: { certificate: readReference(certificate, folder), key: readReference(key, folder) }, prove: async () => ({ headers: {}, form: { client_id: id } }) }
}

function withSecret (id: string, secret: string, where: 'header' | 'body'): Client {
  const basic = Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')
  const proof: Proof = where === 'header' ? { headers: { authorization: `Basic ${basic}` }, form: {} } : { headers: {}, form: { client_id: id, client_secret: secret } }
  return { identity: null, prove: async () => proof }
}

/** As a form has it: RFC 6749 asks for that before the two are joined. */
function formEncoded (text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function withAssertion (id: string, issuer: string, key: KeyObject, algorithm: string | null): Client {
  const alg = algorithm ?? algorithmOf(key)
  return {
    identity: null,
    prove: async () => {
      const assertion = await new SignJWT({}).setProtectedHeader({ alg, typ: 'JWT' })
        .setIssuer(id).setSubject(id).setAudience(issuer).setJti(randomUUID()).setIssuedAt().setExpirationTime('60s').sign(key)
      return { headers: {}, form: { client_id: id, client_assertion_type: assertionType, client_assertion: assertion } }
    }
  }
}

function readKey (text: string): KeyObject {
  try {
    return text.trimStart().startsWith('{') ? createPrivateKey({ key: JSON.parse(text) as never, format: 'jwk' }) : createPrivateKey(text)
  } catch {
    throw new Error('the private key of the client cannot be read')
  }
}

function algorithmOf ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === 'ed25519') return 'EdDSA'
  if (type === 'rsa') return 'PS256'
  switch (details?.namedCurve) {
    case 'prime256v1': return 'ES256'
    case 'secp384r1': return 'ES384'
    case 'secp521r1': return 'ES512'
    default: throw new Error('the private key of the client is of no kind that signs assertions')
  }
}
