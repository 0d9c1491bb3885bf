/** `anthropic`: Anthropic's Messages under the bare host (https://docs.anthropic.com/en/api/versioning). */
import { credentialHeaders, joinUrl, rootOf } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

/** The version that endpoints are asked for, whatever the caller sends: the protocol reads this one. */
const apiVersion = '2023-06-01'

export const anthropic: Provider = Object.freeze({
  name: 'anthropic',
  version: '1.0.0',
  protocols: Object.freeze(['anthropic.messages']),
  address: (endpoint, { path, query }) => ({
    url: joinUrl(rootOf(endpoint.url), path, query),
    headers: { 'anthropic-version': apiVersion, ...credentialHeaders(endpoint.auth) }
  })
} satisfies Provider)
