/** Facts of the deployment that policies read as `data.gateway`: no address, no credential. */
import type { PolicyData } from '../pipeline/plugin.ts'
import type { ModelEntry } from '../runtime.ts'
import type { Configuration } from './types.ts'

export function policyDataOf (configuration: Configuration): PolicyData {
  const { endpoints, tenants, taxonomy, routes } = configuration
  return {
    endpoints: Object.fromEntries([...endpoints.values()].map(({ id, labels, provider, model, price, context }) => [id, { labels, provider, model, price, context }])),
    models: Object.fromEntries([...namesOf(configuration)].map(([name, { family, endpoints }]) => [name, { family, endpoints }])),
    tenants: tenants === null ? null : Object.fromEntries(tenants),
    routes: Object.fromEntries(routes.flatMap(({ path, endpoint }) => endpoint === null ? [] : [[path, { endpoint }]])),
    taxonomy: { levels: taxonomy }
  }
}

/** Names callers may ask for: every model, and every family as all the endpoints of its models. */
export function namesOf ({ models }: Pick<Configuration, 'models'>): Map<string, ModelEntry> {
  const names = new Map<string, ModelEntry>()
  for (const { name, family, endpoints } of models.values()) {
    names.set(name, { name, family, endpoints })
    if (family === null || models.has(family)) continue
    const before = names.get(family)?.endpoints ?? []
    names.set(family, { name: family, family, endpoints: [...new Set([...before, ...endpoints])] })
  }
  return names
}
