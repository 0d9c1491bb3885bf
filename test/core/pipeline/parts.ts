/** The six stages by their declarations, for tests that only prove. */
import type { Fault, PipelineConfig, PipelineEntry, StageEntry } from '../../../core/config/types.ts'
import type { FactName } from '../../../core/pipeline/facts.ts'
import type { Phase } from '../../../core/pipeline/phases.ts'
import type { Proof } from '../../../core/pipeline/proof.ts'
import { validatePipeline, type Declaration } from '../../../core/pipeline/validate.ts'
import { shippedPlugins } from '../../../plugins/index.ts'

/** The shipped stages in the one order that can be proven. */
export const order: readonly string[] = ['identity.jwt', 'classify.patterns', 'policy.rego', 'audit.commit', 'route.models', 'response.filter']

/** A declaration that no plugin of ours has. */
export function declare (phase: Phase, name: string, reads: readonly FactName[], provides: readonly FactName[]): Declaration {
  return { phase, name: `${phase}.${name}`, version: '1.0.0', reads, provides } as unknown as Declaration
}

export function entries (names: readonly string[], optional: readonly string[] = []): StageEntry[] {
  return names.map((plugin, index) => ({ plugin, config: {}, optional: optional.includes(plugin), path: ['pipelines', 'p', index] }))
}

/** Proves these entries with the shipped declarations and `more`. */
export function prove (list: readonly PipelineEntry[], more: readonly Declaration[] = []): { codes: string[], faults: readonly Fault[], proof: Proof | null } {
  const config: PipelineConfig = { name: 'p', entries: list, path: ['pipelines', 'p'] }
  const declarations = new Map<string, Declaration>([...shippedPlugins, ...more].map(plugin => [plugin.name, plugin]))
  const { faults, proof } = validatePipeline(config, name => declarations.get(name), path => ({ file: 'f', line: Number(path[2] ?? -1) + 1, column: 1 }))
  return { codes: [...new Set(faults.map(({ code }) => code))].sort(), faults, proof }
}

export function permutations<T> (list: readonly T[]): T[][] {
  if (list.length === 0) return [[]]
  return list.flatMap((first, index) => permutations([...list.slice(0, index), ...list.slice(index + 1)]).map(rest => [first, ...rest]))
}

export function subsets<T> (list: readonly T[]): T[][] {
  return Array.from({ length: 2 ** list.length }, (_, bits) => list.filter((_item, index) => (bits >> index) % 2 === 1))
}
