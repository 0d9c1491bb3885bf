/** `openai`: OpenAI, and whatever speaks its dialect under a URL that ends in `/v1`. */
import { credentialHeaders, joinUrl } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

export const openai: Provider = Object.freeze({
  name: 'openai',
  version: '1.0.0',
  protocols: Object.freeze(['openai.chat', 'openai.completions', 'openai.embeddings', 'openai.responses']),
  address: (endpoint, { path, query }) => ({ url: joinUrl(endpoint.url, path, query), headers: credentialHeaders(endpoint.auth) })
} satisfies Provider)
