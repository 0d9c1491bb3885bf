/** The identity stages of a pipeline, set up for a command: real in all but that nothing is logged and no proof is used up. */
import { pino } from 'pino'
import { openRegistry } from '../../config/check.ts'
import { Faults } from '../../config/faults.ts'
import type { Configuration, StageEntry } from '../../config/types.ts'
import type { FactName, ProvidedFacts } from '../../pipeline/facts.ts'
import type { PhaseHosts, Plugin } from '../../pipeline/plugin.ts'
import type { AnyStage, ReadyStage } from '../../pipeline/run.ts'
import { MemoryReplay } from '../../store/replay.ts'
import { UsageError } from '../command.ts'
import { RefusedConfiguration } from '../faults.ts'

type IdentityPlugin = Plugin & { setup (config: unknown, host: PhaseHosts['identity']): Promise<AnyStage> | AnyStage }

/** Throws RefusedConfiguration, or UsageError for a pipeline that is not there. What stands elsewhere in the configuration is not looked at. */
export async function identityStages (configuration: Configuration, pipeline: string | null, closing: AbortSignal): Promise<readonly ReadyStage[]> {
  const stages = await plugins(configuration, entriesOf(configuration, pipeline))
  const { folder, data, taxonomy, publicUrl } = configuration
  const host: PhaseHosts['identity'] = { log: pino({ level: 'silent' }), folder, data, taxonomy, publicUrl, closing, replay: new MemoryReplay(() => Date.now()) }
  const ready: ReadyStage[] = []
  for (const { entry, plugin } of stages) ready.push(readyOf(plugin, entry, await plugin.setup(entry.config, host)))
  return ready
}

interface Chosen { readonly entry: StageEntry, readonly plugin: IdentityPlugin }

async function plugins (configuration: Configuration, entries: readonly StageEntry[]): Promise<readonly Chosen[]> {
  const faults = new Faults(configuration.placeOf)
  const registry = await openRegistry(configuration, faults)
  const chosen = entries.flatMap((entry): readonly Chosen[] => {
    const plugin = registry.plugin(entry.plugin) as IdentityPlugin | undefined
    return plugin?.phase === 'identity' ? [{ entry, plugin }] : []
  })
  for (const { entry, plugin } of chosen) faults.check(plugin.configSchema, entry.config, [...entry.path, 'config'])
  if (faults.list.length > 0) throw new RefusedConfiguration(faults.list)
  return chosen
}

function entriesOf ({ pipelines }: Configuration, name: string | null): readonly StageEntry[] {
  const [first, second] = name === null ? [...pipelines.values()] : [...pipelines.values()].filter(pipeline => pipeline.name === name)
  if (first === undefined) throw new UsageError(`there is no pipeline ${name ?? ''}`)
  if (second !== undefined) throw new UsageError(`there are several pipelines: name one with --pipeline (${[...pipelines.keys()].join(', ')})`)
  return first.entries.flatMap(entry => 'any' in entry ? entry.any : [entry])
}

function readyOf (plugin: IdentityPlugin, { optional }: StageEntry, stage: AnyStage): ReadyStage {
  return { name: plugin.name, version: plugin.version, phase: plugin.phase, reads: plugin.reads as readonly FactName[], provides: plugin.provides as ReadonlyArray<keyof ProvidedFacts>, optional, stage }
}
