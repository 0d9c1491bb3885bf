/** Resolves what the configuration refers to instead of holding it: secrets, certificates, keys. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { at, entriesAt, isObject } from './document.ts'
import type { Faults } from './faults.ts'
import type { Path } from './types.ts'

export interface Secrets {
  /** The text that the reference at this path stands for; empty where it could not be resolved, which is a fault. */
  textAt (path: Path): string
}

const tlsKeys = ['certificate', 'key', 'client_authorities']

/** Resolves every reference of a document, which may be malformed elsewhere; adds a fault for each that cannot be had. */
export function resolveSecrets (value: unknown, folder: string, faults: Faults): Secrets {
  const texts = new Map<string, string>()
  for (const path of referencePaths(value)) {
    const text = resolveOne(at(value, path), folder, path, faults)
    if (text !== null) texts.set(path.join('\n'), text)
  }
  return { textAt: path => texts.get(path.join('\n')) ?? '' }
}

function referencePaths (value: unknown): Path[] {
  const endpoints = entriesAt(value, ['endpoints']).flatMap(([id]) => [
    ['endpoints', id, 'auth', 'bearer'],
    ['endpoints', id, 'auth', 'header', 'value'],
    ['endpoints', id, 'auth', 'basic', 'password']
  ])
  const tls = ['listen', 'admin'].flatMap(listener => tlsKeys.map(key => [listener, 'tls', key]))
  return [...endpoints, ...tls, ['admin', 'token'], ['store', 'redis', 'url'], ['principals', 'token']].filter(path => at(value, path) !== undefined)
}

function resolveOne (reference: unknown, folder: string, path: Path, faults: Faults): string | null {
  if (typeof reference === 'string') return isPathAlone(path) ? readText(reference, folder, path, faults) : null // the schema refuses a literal secret
  if (!isObject(reference)) return null
  if (typeof reference['file'] === 'string') return readText(reference['file'], folder, [...path, 'file'], faults)
  return typeof reference['env'] === 'string' ? readVariable(reference['env'], [...path, 'env'], faults) : null
}

/** Certificates and keys may be named by their path alone. */
function isPathAlone (path: Path): boolean {
  return path[1] === 'tls'
}

function readVariable (name: string, path: Path, faults: Faults): string | null {
  const text = process.env[name]
  if (text !== undefined && text !== '') return text
  faults.add('GW_CONFIG_SECRET', path, `the environment has no ${name}`, `set ${name} before the start, or use { file: PATH }`)
  return null
}

function readText (file: string, folder: string, path: Path, faults: Faults): string | null {
  try {
    const text = readFileSync(resolve(folder, file), 'utf8').replace(/\r?\n$/, '')
    if (text !== '') return text
    faults.add('GW_CONFIG_SECRET', path, `${file} is empty`, 'put the text into the file')
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unreadable'
    faults.add('GW_CONFIG_SECRET', path, `${file} cannot be read (${code})`, 'name a file that the gateway may read')
  }
  return null
}
