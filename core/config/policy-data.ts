/** Facts of the deployment that policies read as `data.gateway`: no address, no credential. */
import type { PolicyData } from '../pipeline/plugin.ts'
import { namesOf } from './names.ts'
import type { Configuration } from './types.ts'

export function policyDataOf (configuration: Configuration): PolicyData {
  const { endpoints, tenants, taxonomy, routes } = configuration
  return {
    endpoints: Object.fromEntries([...endpoints.values()].map(({ id, labels, provider, model, price, context }) => [id, { labels, provider, model, price, context }])),
    models: Object.fromEntries([...namesOf(configuration).values()].map(({ name, family, endpoints }) => [name, { family, endpoints }])),
    tenants: tenants === null ? null : Object.fromEntries(tenants),
    routes: Object.fromEntries(routes.flatMap(({ path, endpoint }) => endpoint === null ? [] : [[path, { endpoint }]])),
    taxonomy: { levels: taxonomy }
  }
}
