/** What a caller presented, taken from the wire without a look at what it says. */
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { ListenConfig } from '../config/types.ts'
import type { Credential } from '../pipeline/facts.ts'

/** Every value of a header as it came: Node keeps only the first of a repeated `authorization`. */
function rawValues (raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() === name) values.push(raw[i + 1] ?? '')
  }
  return values
}

const tokenParameters = /(?:^|&)(?:access_token|id_token|api_key|api-key|apikey|token|authorization)=/i

export function credentialOf (request: FastifyRequest, target: { readonly path: string, readonly query: string }, publicUrl: string | null, certificates: readonly Uint8Array[]): Credential {
  const { rawHeaders } = request.raw
  const role = request.headers['sallyport-role']
  return Object.freeze({
    authorization: rawValues(rawHeaders, 'authorization'),
    apiKeys: [...rawValues(rawHeaders, 'x-api-key'), ...rawValues(rawHeaders, 'api-key')],
    proofs: rawValues(rawHeaders, 'dpop'),
    certificates,
    tokenInQuery: tokenParameters.test(target.query),
    method: request.method,
    path: target.path,
    url: publicUrl === null ? null : publicUrl.replace(/\/$/, '') + target.path,
    role: typeof role === 'string' ? role : null
  })
}

/** The verified chain of the peer as DER, leaf first; none where the listener asks for no client certificates. */
export function callerCertificates (request: FastifyRequest, listen: ListenConfig): Uint8Array[] {
  const { socket } = request.raw
  const asked = listen.tls !== null && listen.tls.clientCertificate !== 'none'
  if (!asked || !(socket instanceof TLSSocket) || !socket.authorized) return []
  const chain: Uint8Array[] = []
  let certificate: ReturnType<TLSSocket['getPeerX509Certificate']> = socket.getPeerX509Certificate()
  while (certificate !== undefined && chain.length < 10) {
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return chain
}
