/** Sets plugins up into a pipeline that can run, and closes them again: after half a start too. */
import type { PipelineConfig, PipelineEntry, StageEntry } from '../config/types.ts'
import type { AnswerDetectors, PhaseHosts, Plugin } from './plugin.ts'
import type { FactName } from './facts.ts'
import { holdingScanner, joinScanners } from './scanners.ts'
import type { Phase } from './phases.ts'
import type { AnyStage, ReadyEntry, ReadyStage } from './run.ts'
import type { Pipeline } from '../runtime.ts'

/** Makes the host of one stage: what its phase gets, under the plugin's name. */
export type HostOf = <P extends Phase>(phase: P, plugin: string, detectors: AnswerDetectors) => PhaseHosts[P]

type LoosePlugin = Plugin & { setup (config: unknown, host: unknown): Promise<AnyStage> | AnyStage }

/** Throws what a plugin's setup throws; stages set up before are then closed. */
export async function setUpPipeline (config: PipelineConfig, digest: string, levels: readonly string[], find: (name: string) => Plugin | undefined, hostOf: HostOf): Promise<Pipeline & { close (): Promise<void> }> {
  const ready: ReadyStage[] = []
  const detectors = joinedDetectors(ready, levels)
  try {
    const entries: ReadyEntry[] = []
    for (const entry of config.entries) entries.push(await setUpEntry(entry, ready, detectors, find, hostOf))
    return { ...arrange(config.name, digest, entries), close: async () => { await closeAll(ready) } }
  } catch (thrown) {
    await closeAll(ready)
    throw thrown
  }
}

async function setUpEntry (entry: PipelineEntry, ready: ReadyStage[], detectors: AnswerDetectors, find: (name: string) => Plugin | undefined, hostOf: HostOf): Promise<ReadyEntry> {
  const setUp = async (stage: StageEntry): Promise<ReadyStage> => {
    const made = await setUpStage(stage, detectors, find, hostOf)
    ready.push(made)
    return made
  }
  if (!('any' in entry)) return await setUp(entry)
  const branches: ReadyStage[] = []
  for (const stage of entry.any) branches.push(await setUp(stage))
  return { any: branches }
}

async function setUpStage (entry: StageEntry, detectors: AnswerDetectors, find: (name: string) => Plugin | undefined, hostOf: HostOf): Promise<ReadyStage> {
  const plugin = find(entry.plugin) as LoosePlugin | undefined
  if (plugin === undefined) throw new Error(`no plugin is named ${entry.plugin}`)
  const stage = await plugin.setup(entry.config, hostOf(plugin.phase, plugin.name, detectors))
  if ((plugin.external === true) !== (stage.never !== undefined)) throw new Error(`${plugin.name} must say, as the external plugin it is, what never leaves the gateway`)
  return {
    name: plugin.name,
    version: plugin.version,
    phase: plugin.phase,
    reads: plugin.reads as readonly FactName[],
    provides: plugin.provides as readonly FactName[],
    optional: entry.optional,
    stage
  }
}

/** The pipeline's classify stages, as detectors for answers. Read late: they are set up one after another. */
function joinedDetectors (ready: readonly ReadyStage[], levels: readonly string[]): AnswerDetectors {
  const stages = (): AnyStage[] => ready.filter(({ phase }) => phase === 'classify').map(({ stage }) => stage)
  return {
    scan: (text, keyPath) => stages().flatMap(stage => [...stage.scan?.(text, keyPath) ?? []]),
    stream: (keyPath, options) => joinScanners(stages().flatMap(stage => {
      if (stage.scan === undefined) return []
      return stage.stream?.(keyPath, options) ?? holdingScanner(text => stage.scan?.(text, keyPath) ?? [])
    })),
    tag: findings => highest(levels, stages().flatMap(stage => stage.tag === undefined ? [] : [stage.tag(findings)]))
  }
}

/** The highest level; an unknown one counts as the highest of all. */
function highest (levels: readonly string[], tags: readonly string[]): string {
  const ranks = tags.map(tag => levels.includes(tag) ? levels.indexOf(tag) : levels.length - 1)
  return levels[Math.max(0, ...ranks)] ?? ''
}

/** Splits a proven pipeline into its legs. The proof has shown that audit stands once and the router after it. */
function arrange (name: string, digest: string, entries: readonly ReadyEntry[]): Pipeline {
  const stages = entries.filter((entry): entry is ReadyStage => !('any' in entry))
  const audit = stages.find(({ phase }) => phase === 'audit')
  if (audit === undefined) throw new Error(`pipeline ${name} has no audit stage`)
  const later: readonly Phase[] = ['audit', 'route', 'response']
  return {
    name,
    digest,
    tokens: entries.flatMap(entry => 'any' in entry ? entry.any : [entry]).flatMap(({ stage }) => stage.tokens ?? []),
    request: entries.filter(entry => 'any' in entry || !later.includes(entry.phase)),
    audit,
    route: stages.find(({ phase }) => phase === 'route') ?? null,
    response: stages.filter(({ phase }) => phase === 'response')
  }
}

async function closeAll (ready: readonly ReadyStage[]): Promise<void> {
  await Promise.allSettled(ready.map(async ({ stage }) => { await stage.close?.() }))
}
