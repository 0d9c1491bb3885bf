/** SPIFFE IDs (SPIFFE-ID sections 2 and 3; X.509-SVID section 2): read strictly, so that two spellings cannot name one workload. */
import { invalid } from '../claims/refusal.ts'

const longestBytes = 2048
const trustDomain = /^[a-z0-9._-]{1,255}$/
const segment = /^[A-Za-z0-9._-]+$/

export interface SpiffeId { readonly text: string, readonly trustDomain: string }

export function isSpiffe (uri: string): boolean {
  return /^spiffe:/i.test(uri)
}

/** Throws GW_IDENTITY_INVALID for a URI that is no SPIFFE ID of a workload. */
export function readSpiffeId (uri: string): SpiffeId {
  const [, domain = '', path = ''] = /^spiffe:\/\/([^/?#]*)((?:\/[^?#]*)?)$/.exec(uri) ?? []
  const segments = path.split('/').slice(1)
  const isInForm = Buffer.byteLength(uri) <= longestBytes && trustDomain.test(domain) && segments.length > 0 &&
    segments.every(one => segment.test(one) && one !== '.' && one !== '..')
  if (!isInForm) throw invalid('the SPIFFE ID is not in its form')
  return { text: uri, trustDomain: domain }
}
