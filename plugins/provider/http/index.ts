/** `http`: any HTTP API, whatever its bodies are. Path and query are appended to the endpoint's URL. */
import { credentialHeaders, joinUrl } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

export const http: Provider = Object.freeze({
  name: 'http',
  version: '1.0.0',
  protocols: Object.freeze(['http', 'opaque']),
  address: (endpoint, { path, query }) => ({ url: joinUrl(endpoint.url, path, query), headers: credentialHeaders(endpoint.auth) })
} satisfies Provider)
