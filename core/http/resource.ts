/** The document of the protected resource (RFC 9728): who issues the tokens that are taken here. Served without a record. */
import type { TokenTerms } from '../pipeline/plugin.ts'
import type { Runtime } from '../runtime.ts'

const wellKnown = '/.well-known/oauth-protected-resource'

/** Where the document is, as a URL that callers can follow; null without `public_url`. */
export function resourceUrl (publicUrl: string | null): string | null {
  if (publicUrl === null) return null
  const { origin, pathname } = new URL(publicUrl)
  return `${origin}${wellKnown}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}`
}

/** True for a path at which the document is asked for: with or without the path of `public_url` behind it (RFC 9728 section 3.1). */
export function isResourcePath (path: string, publicUrl: string | null): boolean {
  const url = resourceUrl(publicUrl)
  return url !== null && (path === wellKnown || path === new URL(url).pathname)
}

/** The document, or null where callers are not told what the gateway is called. */
export function resourceDocument ({ configuration, pipelines }: Pick<Runtime, 'configuration' | 'pipelines'>): Record<string, unknown> | null {
  const { publicUrl } = configuration
  if (publicUrl === null) return null
  const terms = [...pipelines.values()].flatMap(({ tokens }) => tokens)
  const algorithms = distinct(terms, ({ proofAlgorithms }) => proofAlgorithms)
  return {
    resource: publicUrl,
    authorization_servers: distinct(terms, ({ issuers }) => issuers).filter(issuer => URL.canParse(issuer)),
    bearer_methods_supported: ['header'],
    ...(algorithms.length === 0 ? {} : { dpop_signing_alg_values_supported: algorithms, dpop_bound_access_tokens_required: terms.every(({ proofRequired }) => proofRequired) }),
    ...(configuration.listen.tls?.clientAuthorities == null ? {} : { tls_client_certificate_bound_access_tokens: true })
  }
}

function distinct (terms: readonly TokenTerms[], read: (terms: TokenTerms) => readonly string[]): string[] {
  return [...new Set(terms.flatMap(read))]
}
