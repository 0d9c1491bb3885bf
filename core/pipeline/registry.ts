/** Finds plugins by name: those that ship, and those that the configuration names. Nothing registers itself. */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Protocol } from '../protocol/contract.ts'
import type { Provider } from '../protocol/provider.ts'
import { phases } from './phases.ts'
import type { Plugin } from './plugin.ts'

export interface Registry {
  plugin (name: string): Plugin | undefined
  protocol (name: string): Protocol | undefined
  provider (name: string): Provider | undefined
  /** Names, sorted. */
  readonly names: { readonly plugins: readonly string[], readonly protocols: readonly string[], readonly providers: readonly string[] }
}

export interface Parts {
  readonly plugins: readonly Plugin[]
  readonly protocols: readonly Protocol[]
  readonly providers: readonly Provider[]
}

/** Throws Error where two parts have one name. */
export function makeRegistry (...all: readonly Parts[]): Registry {
  const plugins = byName(all.flatMap(({ plugins }) => plugins))
  const protocols = byName(all.flatMap(({ protocols }) => protocols))
  const providers = byName(all.flatMap(({ providers }) => providers))
  const names = (map: ReadonlyMap<string, unknown>): readonly string[] => [...map.keys()].sort()
  return {
    plugin: name => plugins.get(name),
    protocol: name => protocols.get(name),
    provider: name => providers.get(name),
    names: { plugins: names(plugins), protocols: names(protocols), providers: names(providers) }
  }
}

function byName<T extends { readonly name: string }> (parts: readonly T[]): Map<string, T> {
  const map = new Map<string, T>()
  for (const part of parts) {
    if (map.has(part.name)) throw new Error(`two plugins are named ${part.name}`)
    map.set(part.name, part)
  }
  return map
}

/**
 * Loads one file or package of an operator: its default export is a plugin, a protocol or a provider, or a list of them.
 * Throws Error where it cannot be loaded or exports something else.
 */
export async function loadParts (specifier: string): Promise<Parts> {
  const module = await import(isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier) as { readonly default?: unknown }
  const exported = [module.default].flat()
  const unknown = exported.filter(part => !isPlugin(part) && !isProtocol(part) && !isProvider(part))
  if (exported.length === 0 || unknown.length > 0) throw new Error('its default export is no plugin, protocol or provider')
  return { plugins: exported.filter(isPlugin), protocols: exported.filter(isProtocol), providers: exported.filter(isProvider) }
}

function isPlugin (part: unknown): part is Plugin {
  return hasFunctions(part, ['setup']) && 'phase' in part && typeof part.phase === 'string' && Object.hasOwn(phases, part.phase) &&
    isNames(part, 'reads') && isNames(part, 'provides') && 'configSchema' in part && 'name' in part && String(part.name).startsWith(`${part.phase}.`)
}

function isProtocol (part: unknown): part is Protocol {
  return hasFunctions(part, ['read', 'edit', 'readAnswer', 'error']) && isNames(part, 'methods')
}

function isProvider (part: unknown): part is Provider {
  return hasFunctions(part, ['address']) && isNames(part, 'protocols')
}

function hasFunctions (part: unknown, names: readonly string[]): part is object {
  return typeof part === 'object' && part !== null && 'name' in part && typeof part.name === 'string' && 'version' in part &&
    names.every(name => typeof Reflect.get(part, name) === 'function')
}

function isNames (part: object, key: string): boolean {
  const names: unknown = Reflect.get(part, key)
  return Array.isArray(names) && names.every(name => typeof name === 'string')
}
