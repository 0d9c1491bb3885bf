/** What a choice of identity stages must be, so that a credential is one branch's alone and no source speaks for another's tenants (CONTRACT 1). */
import type { IdentitySource, Plugin } from '../pipeline/plugin.ts'
import type { Registry } from '../pipeline/registry.ts'
import type { Faults } from './faults.ts'
import type { Configuration, Path, StageEntry } from './types.ts'

interface Placed extends IdentitySource { readonly at: Path }

/** @param sound the stages whose configuration passed their plugin's schema: others cannot be asked */
export function checkChoices ({ pipelines }: Configuration, registry: Registry, sound: ReadonlySet<StageEntry>, faults: Faults): void {
  for (const { entries } of pipelines.values()) {
    for (const entry of entries) {
      if (!('any' in entry)) continue
      const sources = entry.any.filter(stage => sound.has(stage)).flatMap(stage => sourcesOf(stage, registry.plugin(stage.plugin)))
      refuseShared(sources, faults)
      if (sources.length > 1) refuseUnfenced(sources, faults)
    }
  }
}

type Asked = Plugin & { sources? (config: unknown): readonly IdentitySource[] }

function sourcesOf (stage: StageEntry, plugin: Asked | undefined): readonly Placed[] {
  const sources = plugin?.sources?.(stage.config) ?? []
  return sources.map(source => ({ ...source, at: [...stage.path, 'config', ...source.path] }))
}

function refuseShared (sources: readonly Placed[], faults: Faults): void {
  const seen = new Set<string>()
  for (const { takes, at } of sources) {
    if (seen.has(takes)) faults.add('GW_CONFIG_DUPLICATE', at, `two branches of the choice take ${takes}`, 'leave it to one of them')
    seen.add(takes)
  }
}

function refuseUnfenced (sources: readonly Placed[], faults: Faults): void {
  for (const { takes, isFenced, at } of sources) {
    if (!isFenced) faults.add('GW_CONFIG_UNSAFE', at, `one of several sources of identity (${takes}) may claim any tenant`, 'give it tenants or a tenant')
  }
}
