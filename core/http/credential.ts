/** What a caller presented, taken from the wire without a look at what it says. */
import type { FastifyRequest } from 'fastify'
import type { Credential } from '../pipeline/facts.ts'
import type { Peer } from './peer.ts'

/** Headers that carry credentials, and where their values go. Node keeps only the first of a repeated one: the raw list has all. */
const carriers: Readonly<Record<string, keyof Carried>> = {
  authorization: 'authorization',
  'x-api-key': 'apiKeys',
  'api-key': 'apiKeys',
  dpop: 'proofs',
  'txn-token': 'transaction',
  'workload-identity-token': 'identity',
  'workload-proof-token': 'proof'
}

interface Carried {
  readonly authorization: string[]
  readonly apiKeys: string[]
  readonly proofs: string[]
  readonly transaction: string[]
  readonly identity: string[]
  readonly proof: string[]
}

function readCarriers (raw: readonly string[]): Carried {
  const carried: Carried = { authorization: [], apiKeys: [], proofs: [], transaction: [], identity: [], proof: [] }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    if (Object.hasOwn(carriers, name)) carried[carriers[name] ?? 'authorization'].push(raw[i + 1] ?? '')
  }
  return carried
}

const tokenParameters: ReadonlySet<string> = new Set(['access_token', 'id_token', 'api_key', 'api-key', 'apikey', 'token', 'authorization', 'dpop', 'txn-token'])

/** @param publicUrl what callers call, without the path; null = not configured */
export function credentialOf (request: FastifyRequest, target: { readonly path: string, readonly query: string }, publicUrl: string | null, peer: Peer): Credential {
  const { authorization, apiKeys, proofs, transaction, identity, proof } = readCarriers(request.raw.rawHeaders)
  const role = request.headers['sallyport-role']
  return Object.freeze({
    authorization,
    apiKeys,
    proofs,
    workload: { transaction, identity, proof },
    certificates: peer.certificates,
    certificateRefused: peer.refused,
    tokenInQuery: target.query !== '' && isTokenInQuery(target.query),
    method: request.method,
    path: target.path,
    url: publicUrl === null ? null : publicUrl.replace(/\/$/, '') + target.path,
    role: typeof role === 'string' ? role : null
  })
}

/** Names may be escaped: what an endpoint would read as a token is one. */
function isTokenInQuery (query: string): boolean {
  return query.split('&').some(pair => pair.includes('=') && tokenParameters.has(unescaped(pair.slice(0, pair.indexOf('='))).toLowerCase()))
}

function unescaped (name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
