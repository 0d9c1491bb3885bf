/** What makes no sense together is told by `check` already, not only by a start. */
import type { PluginFault } from '../../../core/pipeline/plugin.ts'

/** @param decode throws Error with words for the operator */
export function faultsOf (plugin: string, decode: () => unknown): PluginFault[] {
  try {
    decode()
    return []
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : 'it cannot be decoded'
    return [{ message: `${plugin}: ${message}`, fix: `see docs/configuration.md, ${plugin}` }]
  }
}
