/** Loads a configuration file: every fault at once, or a frozen configuration. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { decode } from './decode.ts'
import type { ConfigurationDocument } from './document.ts'
import { Faults } from './faults.ts'
import { checkRules } from './rules.ts'
import { checkRouting } from './rules-routing.ts'
import { configurationSchema } from './schema.ts'
import { resolveSecrets } from './secrets.ts'
import { readSource } from './source.ts'
import { checkStore } from './store.ts'
import type { Configuration, Fault } from './types.ts'

export interface Loaded {
  /** Null where there is any fault. */
  readonly configuration: Configuration | null
  readonly faults: readonly Fault[]
}

/** Reads, decodes and resolves. Plugins, protocols and the order of pipelines are checked by config/check.ts. */
export function loadConfiguration (path: string): Loaded {
  const file = resolve(path)
  const text = readText(file)
  if (typeof text !== 'string') return { configuration: null, faults: [text] }
  const source = readSource(file, text)
  if (source.faults.length > 0) return { configuration: null, faults: source.faults }
  const faults = new Faults(source.placeOf)
  faults.check(configurationSchema, source.value, [])
  checkRules(source.value, faults)
  checkRouting(source.value, faults)
  const secrets = resolveSecrets(source.value, dirname(file), faults)
  checkStore(source.value, secrets, faults)
  if (faults.list.length > 0) return { configuration: null, faults: inOrder(faults.list) }
  return { configuration: decode(source.value as ConfigurationDocument, file, secrets, source.placeOf), faults: [] }
}

function readText (file: string): string | Fault {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unreadable'
    return { code: 'GW_CONFIG_UNREADABLE', file, line: 1, column: 1, message: `the file cannot be read (${why})`, fix: 'name a UTF-8 file with --config; `sallyport init DIR` writes one' }
  }
}

/** As a reader meets them in the file. */
export function inOrder (faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column || a.code.localeCompare(b.code))
}
