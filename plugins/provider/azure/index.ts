/**
 * `azure`: Azure OpenAI. A URL that ends in `/v1` is the v1 API. Any other one is the resource, or a deployment of it: there the
 * endpoint's `model` names the deployment; without one the v1 API finds it by the body's model. Responses are part of the v1 API
 * alone, which finds the deployment by the body's model in any case.
 */
import type { EndpointConfig } from '../../../core/config/types.ts'
import { credentialHeaders, joinUrl } from '../../../core/protocol/address.ts'
import type { Provider, UpstreamCall } from '../../../core/protocol/provider.ts'

/** The latest version of the deployment API that is not a preview. */
const apiVersion = '2024-10-21'

export const azure: Provider = Object.freeze({
  name: 'azure',
  version: '1.0.0',
  protocols: Object.freeze(['openai.chat', 'openai.completions', 'openai.embeddings', 'openai.responses']),
  address: (endpoint, call) => ({ url: urlOf(endpoint, call), headers: credentialHeaders(endpoint.auth) })
} satisfies Provider)

function urlOf ({ url, model }: EndpointConfig, { protocol, path, query }: UpstreamCall): URL {
  const base = new URL(url).pathname.replace(/\/$/, '')
  if (base.endsWith('/v1')) return joinUrl(url, path, query)
  if (protocol === 'openai.responses') return joinUrl(new URL(url).origin, `${base.replace(/(?:\/openai)?(?:\/deployments\/[^/]{1,128})?$/, '')}/openai/v1${path}`, query)
  const versioned = [`api-version=${apiVersion}`, query].filter(part => part !== '').join('&')
  if (/\/deployments\/[^/]{1,128}$/.test(base)) return joinUrl(url, path, versioned)
  const resource = base.endsWith('/openai') ? '' : '/openai'
  if (model === null) return joinUrl(url, `${resource}/v1${path}`, query)
  return joinUrl(url, `${resource}/deployments/${encodeURIComponent(model)}${path}`, versioned)
}
