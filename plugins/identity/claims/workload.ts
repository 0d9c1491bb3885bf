/** Names of workloads: URIs with a trust domain (draft-ietf-wimse-arch section 3.1.1). */
import { readSpiffeId } from '../certificate/spiffe.ts'
import { invalid, refusal } from './refusal.ts'

const uri = /^[a-z][a-z0-9+.-]*:\/\/([^/?#@:\s]+)(?:[/][^?#\s]*)?$/

/** Throws GW_IDENTITY_INVALID for what names no workload, GW_IDENTITY_UNTRUSTED_ISSUER for one of a trust domain that is not taken. */
export function checkWorkload (subject: string, trustDomains: readonly string[] | null): void {
  const [, domain] = uri.exec(subject) ?? []
  if (domain === undefined) throw invalid('sub is no URI with a trust domain')
  if (subject.startsWith('spiffe:')) readSpiffeId(subject)
  if (trustDomains !== null && !trustDomains.includes(domain)) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'the trust domain is not one of trust_domains')
}
