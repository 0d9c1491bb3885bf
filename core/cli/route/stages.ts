/** The route stages of a configuration, set up for a command: real, but every endpoint counts as up and nothing is learned of any. */
import { pino } from 'pino'
import { checkOrRefuse } from '../../reload.ts'
import { namesOf } from '../../config/names.ts'
import type { Configuration } from '../../config/types.ts'
import type { Explainable } from '../../endpoints/explain.ts'
import { healthOf } from '../../endpoints/knowledge.ts'
import { EndpointStates } from '../../endpoints/states.ts'
import type { FactName } from '../../pipeline/facts.ts'
import type { PhaseHosts, Plugin } from '../../pipeline/plugin.ts'
import type { AnyStage, ReadyStage } from '../../pipeline/run.ts'

type RoutePlugin = Plugin & { setup (config: unknown, host: PhaseHosts['route']): Promise<AnyStage> | AnyStage }

/** Throws ConfigurationRefused. */
export async function openRoutes (configuration: Configuration): Promise<Explainable> {
  const { registry } = await checkOrRefuse(configuration)
  const models = namesOf(configuration)
  const states = new EndpointStates()
  states.configure(configuration.endpoints)
  const speaks = (id: string, protocol: string): boolean => registry.provider(configuration.endpoints.get(id)?.provider ?? '')?.protocols.includes(protocol) === true
  const { folder, data, taxonomy } = configuration
  const host: PhaseHosts['route'] = {
    log: pino({ level: 'silent' }), folder, data, taxonomy, closing: new AbortController().signal, health: healthOf(configuration, models, speaks, states), limits: { has: () => false, take: () => ({ admitted: true, settle: () => {} }) }
  }
  const stages = new Map<string, ReadyStage>()
  for (const { name, entries } of configuration.pipelines.values()) {
    for (const entry of entries) {
      if ('any' in entry) continue
      const plugin = registry.plugin(entry.plugin) as RoutePlugin | undefined
      if (plugin?.phase === 'route') stages.set(name, readyOf(plugin, await plugin.setup(entry.config, host)))
    }
  }
  return { configuration, models, speaks, routeStage: pipeline => stages.get(pipeline) ?? null }
}

function readyOf ({ name, version, phase, reads, provides }: RoutePlugin, stage: AnyStage): ReadyStage {
  return { name, version, phase, reads: reads as readonly FactName[], provides: provides as readonly FactName[], optional: false, stage }
}
