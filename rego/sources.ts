/** Reads a policy folder: the rules for all, those of each tenant, data beside them and the revision. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Diagnostic, RegoModule } from './compiler/types.ts'
import { isObject, mergeData, parseData, type JsonObject } from './data.ts'

export interface PolicySources {
  /** Rules for everybody, by path below the folder, sorted. */
  readonly modules: readonly RegoModule[]
  /** Rules of one tenant alone, by tenant. */
  readonly tenants: ReadonlyMap<string, readonly RegoModule[]>
  /** `*_test.rego`, which are never built. */
  readonly tests: readonly RegoModule[]
  /** What data files hold, merged; never `gateway`. */
  readonly data: Readonly<Record<string, unknown>>
  /** The `revision` of `.manifest`, or `dir`. */
  readonly revision: string
  /** What cannot be read. Files are named below the folder. */
  readonly faults: readonly Diagnostic[]
}

const dataNames = new Set(['data.json', 'data.yaml', 'data.yml'])

/** Throws what the file system throws where the folder itself cannot be read. */
export function readPolicyFolder (dir: string): PolicySources {
  const names = filesOf(dir)
  const rego = names.filter(name => name.endsWith('.rego')).map(name => ({ path: name, text: readFileSync(join(dir, name), 'utf8') }))
  const sources = rego.filter(({ path }) => !path.endsWith('_test.rego'))
  const { data, faults } = readData(dir, names.filter(name => dataNames.has(posix.basename(name))))
  const manifest = readManifest(dir, names)
  return {
    modules: sources.filter(({ path }) => tenantOf(path) === null),
    tenants: byTenant(sources),
    tests: rego.filter(({ path }) => path.endsWith('_test.rego')),
    data,
    revision: manifest.revision,
    faults: [...faults, ...manifest.faults]
  }
}

/** Files below a folder with `/` between the parts of their paths, sorted by code units; hidden ones are left out. */
function filesOf (dir: string, below = ''): string[] {
  const names = readdirSync(join(dir, below)).filter(name => !name.startsWith('.')).map(name => posix.join(below, name))
  return names.flatMap(name => statSync(join(dir, name)).isDirectory() ? filesOf(dir, name) : [name]).sort()
}

/** The tenant whose folder a file lies in: `tenants/<name>/...`. */
export function tenantOf (path: string): string | null {
  const [first, tenant, ...rest] = path.split('/')
  return first === 'tenants' && tenant !== undefined && rest.length > 0 ? tenant : null
}

function byTenant (modules: readonly RegoModule[]): Map<string, RegoModule[]> {
  const tenants = new Map<string, RegoModule[]>()
  for (const module of modules) {
    const tenant = tenantOf(module.path)
    if (tenant !== null) tenants.set(tenant, [...tenants.get(tenant) ?? [], module])
  }
  return tenants
}

/** A data file's content stands under the names of its folders, as OPA has it. */
function readData (dir: string, names: readonly string[]): { data: JsonObject, faults: Diagnostic[] } {
  const faults: Diagnostic[] = []
  let data: JsonObject = {}
  for (const name of names) {
    try {
      data = mergeData(data, name, parseData(readFileSync(join(dir, name), 'utf8')))
    } catch (thrown) {
      faults.push(faultAt(name, thrown instanceof Error ? thrown.message.split('\n')[0] ?? '' : String(thrown)))
    }
  }
  for (const key of ['gateway', 'sallyport']) if (Object.hasOwn(data, key)) faults.push(faultAt(names[0] ?? '', `data may not hold the key ${key}: it is the gateway's own`))
  return { data, faults }
}

function faultAt (file: string, message: string): Diagnostic {
  return { file, row: 1, column: 1, code: 'policy_data_error', message }
}

interface Manifest { readonly revision: string, readonly faults: readonly Diagnostic[] }

/** `.manifest` names the revision and, where a tool writes the folder, every file of it: one that is missing refuses the whole. */
function readManifest (dir: string, names: readonly string[]): Manifest {
  const text = readText(join(dir, '.manifest'))
  if (text === null) return { revision: 'dir', faults: [] }
  const fault = (message: string): Manifest => ({ revision: 'dir', faults: [{ ...faultAt('.manifest', message), code: 'policy_manifest_error' }] })
  const manifest = parsedManifest(text)
  if (manifest === null) return fault('.manifest must be a JSON object')
  const { revision = 'dir', files = [] } = manifest
  if (typeof revision !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(revision)) return fault('revision must be 1 to 64 letters, digits and . _ -')
  if (!Array.isArray(files)) return fault('files must be a list of paths')
  const missing = (files as readonly unknown[]).filter(name => typeof name !== 'string' || !names.includes(posix.normalize(name)))
  return missing.length > 0 ? fault(`the folder does not hold ${missing.map(String).join(', ')}`) : { revision, faults: [] }
}

function readText (path: string): string | null {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? null : readFileSync(path, 'utf8')
}

function parsedManifest (text: string): JsonObject | null {
  try {
    const manifest: unknown = JSON.parse(text)
    return isObject(manifest) ? manifest : null
  } catch {
    return null
  }
}
