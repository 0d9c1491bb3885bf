/** A new generation of the configuration: built beside the one that serves, put in its place whole, or not at all. */
import { checkLoaded, type Checked } from './config/check.ts'
import { loadConfiguration } from './config/load.ts'
import { ConfigurationRefused } from './config/refused.ts'
import type { Configuration } from './config/types.ts'
import type { AuditLog } from './audit/client.ts'
import type { UnderWay } from './exchange/under-way.ts'
import { buildRuntime, restartKeys, type RuntimeSources } from './generation.ts'
import type { Runtime } from './runtime.ts'

/** What serves now. */
export interface State { runtime: Runtime, phase: 'starting' | 'serving' | 'draining' }

/** A generation that is ready to serve. One of the two is called, once. */
export interface Prepared {
  readonly configuration: Configuration
  /** Requests under way keep the one they began with. */
  apply (): void
  discard (): Promise<void>
}

/** Throws ConfigurationRefused. */
export async function checkOrRefuse (configuration: Configuration): Promise<Checked> {
  const checked = await checkLoaded(configuration)
  if (checked.faults.length > 0) throw new ConfigurationRefused(checked.faults)
  return checked
}

/** Loads the file anew. Throws ConfigurationRefused, also where only a restart could change what was changed. */
export function loadAgain (before: Configuration): Configuration {
  const { configuration, faults } = loadConfiguration(before.file)
  if (configuration === null || faults.length > 0) throw new ConfigurationRefused(faults)
  const changed = restartKeys(before, configuration)
  if (changed.length > 0) throw new ConfigurationRefused(changed)
  return configuration
}

export async function prepareReload (state: State, sources: RuntimeSources): Promise<Prepared> {
  const configuration = loadAgain(state.runtime.configuration)
  const runtime = await buildRuntime(configuration, await checkOrRefuse(configuration), sources)
  return {
    configuration,
    apply: () => {
      const before = state.runtime
      runtime.activate()
      state.runtime = runtime
      retire(before, sources.services.underWay).catch((error: unknown) => { sources.log.warn({ error }, 'a replaced configuration could not be closed') })
    },
    discard: async () => { await runtime.close() }
  }
}

/** One reload after another, each on record, whether it was accepted or not. */
export function makeReload (audit: AuditLog, current: () => Configuration, prepare: () => Promise<Prepared>): () => Promise<void> {
  const note = async (accepted: boolean, { digest }: Configuration): Promise<void> => {
    await audit.append({ kind: 'system', event: 'configuration', digest, accepted, reason: 'reload' }, { deadlineMs: 10_000 })
  }
  const reloadOnce = async (): Promise<void> => {
    let prepared: Prepared
    try {
      prepared = await prepare()
    } catch (thrown) {
      await note(false, current())
      throw thrown
    }
    prepared.apply()
    await note(true, prepared.configuration)
  }
  let last: Promise<void> = Promise.resolve()
  return async () => {
    last = last.catch(() => {}).then(reloadOnce)
    await last
  }
}

/** Closes a replaced generation when the last request that began with it has ended. */
async function retire (runtime: Runtime, underWay: UnderWay): Promise<void> {
  while (underWay.holds(runtime)) await new Promise(resolve => setTimeout(resolve, 250).unref())
  await runtime.close()
}
