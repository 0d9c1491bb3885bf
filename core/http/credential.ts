/** What a caller presented, taken from the wire without a look at what it says. */
import type { Credential, WorkloadTokens } from '../pipeline/facts.ts'
import type { Peer } from './peer.ts'
import { carrierNames, type Presented } from './presented.ts'

/** What of a request is looked at beside its credential. */
export interface Asked { readonly method: string, readonly headers: Readonly<Record<string, unknown>> }

/** @param publicUrl what callers call, without the path; null = not configured */
export function credentialOf (request: Asked, presented: Presented, target: { readonly path: string, readonly query: string }, publicUrl: string | null, peer: Peer): Credential {
  const role = request.headers['sallyport-role']
  return Object.freeze({
    authorization: presented.authorization,
    apiKeys: presented.apiKeys,
    proofs: presented.proofs,
    workload: workloadOf(presented),
    certificates: peer.certificates,
    certificateRefused: peer.refused,
    tokenInQuery: target.query !== '' && isTokenInQuery(target.query),
    method: request.method,
    path: target.path,
    url: publicUrl === null ? null : publicUrl.replace(/\/$/, '') + target.path,
    role: typeof role === 'string' ? role : null
  })
}

const noWorkload: WorkloadTokens = Object.freeze({ transaction: [], identity: [], proof: [] })

function workloadOf ({ transaction, identity, proof }: Presented): WorkloadTokens {
  return transaction.length + identity.length + proof.length === 0 ? noWorkload : { transaction, identity, proof }
}

const tokenParameters: ReadonlySet<string> = new Set([
  ...carrierNames, 'access_token', 'id_token', 'refresh_token', 'api_key', 'apikey', 'token', 'auth_token', 'bearer', 'bearer_token', 'jwt', 'client_assertion', 'client_secret'
])

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
