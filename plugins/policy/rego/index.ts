/**
 * `policy.rego`: asks a policy in Rego, compiled to WebAssembly, in worker threads under a deadline. The core's authority
 * decodes what it answers; nothing here can mint a permit. The policy may change while requests are under way: each is judged
 * to its end by the version that decided it.
 */
import { readFile } from 'node:fs/promises'
import { Names } from '../../../core/transient.ts'
import { definePlugin, GatewayError, halt, type CheckHost, type PhaseHosts, type PluginFault } from '../../../core/pipeline/plugin.ts'
import { buildPolicy } from '../../../rego/build.ts'
import { loadBundle } from '../../../rego/bundle/load.ts'
import type { Diagnostic } from '../../../rego/compiler/types.ts'
import { configSchema, decodeConfig, type PolicyRegoConfig, type PolicySettings, type SourceSettings } from './config.ts'
import { askCandidate, decide } from './decide.ts'
import { openLive, type LivePolicy } from './live.ts'
import { openShadow, type Shadow } from './shadow.ts'
import { fileSource } from './source/file.ts'
import { folderSource } from './source/folder.ts'
import { remoteSource } from './source/remote.ts'
import type { PolicySource } from './source/source.ts'
import type { LoadedVersion } from './version.ts'

export default definePlugin({
  name: 'policy.rego',
  version: '1.0.0',
  phase: 'policy',
  reads: ['principal', 'classification', 'request', 'quota'],
  provides: ['decision', 'permit'],
  configSchema,
  check: async (config: PolicyRegoConfig, host) => await check(config, host),
  setup: async (config: PolicyRegoConfig, host) => {
    const settings = decodeConfig(config, host.folder)
    const live = await openPolicy(settings, host)
    const shadow = settings.shadow === null ? null : await openCandidate(settings, settings.shadow, host)
    const terms = { authority: host.authority, shadow }
    const held = new Names<LoadedVersion>()
    return {
      run: (view, signal) => {
        const version = live.current()
        if (version === null) return halt(new GatewayError('GW_POLICY_UNAVAILABLE'))
        version.hold()
        held.set(view.request.id, version)
        return decide(view, signal, version, terms)
      },
      settle: view => {
        const id = view.request?.id ?? ''
        held.get(id)?.letGo()
        held.delete(id)
      },
      close: async () => {
        await Promise.all([live.close(), shadow?.close()])
      }
    }
  }
})

type PolicyHost = PhaseHosts['policy']

async function openPolicy (settings: PolicySettings, host: PolicyHost): Promise<LivePolicy> {
  const source = sourceOf(settings.source, settings, host)
  const pool = { workers: settings.workers, deadlineMs: settings.deadlineMs, spare: true }
  return await openLive({ source, pool, events: host.events, log: host.log, shadow: false }, settings.source.kind === 'url')
}

async function openCandidate (settings: PolicySettings, from: SourceSettings, host: PolicyHost): Promise<Shadow> {
  const source = sourceOf(from, { ...settings, tests: false }, host)
  const candidate = await openLive({ source, pool: { workers: 1, deadlineMs: settings.deadlineMs, spare: false }, events: host.events, log: host.log, shadow: true }, true)
  return openShadow(candidate, askCandidate, host.events)
}

function sourceOf (from: SourceSettings, { watch, tests }: Pick<PolicySettings, 'watch' | 'tests'>, { policyData: gateway, data }: PolicyHost): PolicySource {
  if (from.kind === 'folder') return folderSource(from.dir, { gateway, watch, tests })
  return from.kind === 'file' ? fileSource(from.path, { gateway, key: from.key, watch }) : remoteSource(from, gateway, data)
}

/** A URL is not asked: what it holds is checked when it comes, each time. */
async function check (config: PolicyRegoConfig, { folder, policyData }: CheckHost): Promise<PluginFault[]> {
  try {
    const { source, shadow } = decodeConfig(config, folder)
    return [...await checkSource(source, policyData), ...shadow === null ? [] : await checkSource(shadow, policyData)]
  } catch (thrown) {
    return [{ message: messageOf(thrown), fix: 'correct the stage\'s configuration, or set what it refers to' }]
  }
}

async function checkSource (source: SourceSettings, gateway: CheckHost['policyData']): Promise<PluginFault[]> {
  if (source.kind === 'folder') return (await buildPolicy({ dir: source.dir, gateway })).faults.map(pluginFault)
  if (source.kind === 'url') return []
  try {
    await loadBundle(await readFile(source.path), { gateway, key: source.key })
    return []
  } catch (thrown) {
    return [{ code: 'GW_CONFIG_POLICY', message: messageOf(thrown), fix: 'build the bundle again with `sallyport policy build`', place: { file: source.path, line: 1, column: 1 } }]
  }
}

function messageOf (thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function pluginFault (fault: Diagnostic): PluginFault {
  return {
    code: 'GW_CONFIG_POLICY',
    message: `${fault.code}: ${fault.message}`,
    fix: 'correct the policy; `sallyport policy check` lists its faults',
    place: { file: fault.file, line: fault.row, column: fault.column }
  }
}
