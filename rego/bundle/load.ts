/** A bundle as it comes, ours or OPA's own, made into a policy that can be evaluated. Whatever is wrong with it refuses it. */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { PolicyData } from '../../core/pipeline/plugin.ts'
import { evaluatedBy } from '../engine/needs.ts'
import { openEngine, type Engine } from '../engine/engine.ts'
import { entrypoints } from '../library.ts'
import { assemble, DataTooLarge, type BuiltPolicy, type PolicyCode } from '../policy.ts'
import { mergeData, parseData } from '../data.ts'
import type { BundleFiles } from './pack.ts'
import { BundleRefused } from './refusal.ts'
import { signaturesName, verifyFiles, type VerificationKey } from './signature.ts'
import { unpack } from './unpack.ts'

export interface BundleTerms {
  /** What policies read as `data.gateway`: the deployment's, whatever the bundle holds. */
  readonly gateway: PolicyData
  /** Null accepts a bundle that is not signed, and no other: a signature that is not looked at is worth nothing. */
  readonly key: VerificationKey | null
}

export interface LoadedBundle {
  readonly policy: BuiltPolicy
  /** As the manifest has it, `bundle` where it has none. */
  readonly revision: string
}

/** Throws {@link BundleRefused}. */
export async function loadBundle (archive: Uint8Array, { gateway, key }: BundleTerms): Promise<LoadedBundle> {
  const files = unpack(archive)
  if (key !== null) await verifyFiles(files, key)
  else if (files.has(signaturesName)) throw new BundleRefused('the bundle is signed, and no key to verify it by is configured')
  const manifest = readManifest(files.get('.manifest'))
  refuseDelta(files)
  holdDigests(files, manifest.ours)
  const code = codeOf(files, manifest.ours)
  const policy = assembled(code, dataOf(files), gateway, manifest.revision)
  tryModules(policy)
  return { policy, revision: manifest.revision }
}

type Json = Readonly<Record<string, unknown>>

function isObject (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Manifest { readonly revision: string, readonly ours: Json | null }

function readManifest (bytes: Uint8Array | undefined): Manifest {
  if (bytes === undefined) return { revision: 'bundle', ours: null }
  const manifest = parsed('.manifest', bytes)
  if (!isObject(manifest)) throw new BundleRefused('.manifest is no JSON object')
  const { revision, metadata } = manifest
  const name = revision === undefined || revision === '' ? 'bundle' : revision
  if (typeof name !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(name)) throw new BundleRefused('the revision of .manifest must be 1 to 64 letters, digits and . _ -')
  const ours = isObject(metadata) ? metadata['sallyport'] : null
  return { revision: name, ours: isObject(ours) ? ours : null }
}

function parsed (name: string, bytes: Uint8Array): unknown {
  try {
    return parseData(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new BundleRefused(`${name} cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] ?? '' : ''}`, { cause })
  }
}

/** A delta bundle changes another: there is nothing here for it to change. */
function refuseDelta (files: BundleFiles): void {
  if ([...files.keys()].some(name => posix.basename(name) === 'patch.json')) throw new BundleRefused('the bundle is a delta (patch.json): whole bundles are loaded')
}

/** A bundle of ours says what its files were: one that was damaged on its way is told from one that was made otherwise. */
function holdDigests (files: BundleFiles, ours: Json | null): void {
  const digests = ours?.['digests']
  if (!isObject(digests)) return
  for (const [name, digest] of Object.entries(digests)) {
    const content = files.get(name)
    if (content === undefined) throw new BundleRefused(`the bundle does not hold ${name}, which its manifest lists`)
    if (`sha256:${createHash('sha256').update(content).digest('hex')}` !== digest) throw new BundleRefused(`${name} does not have the digest that the manifest lists`)
  }
}

function codeOf (files: BundleFiles, ours: Json | null): PolicyCode {
  const wasm = files.get('policy.wasm')
  if (wasm === undefined) throw new BundleRefused('the bundle holds no policy.wasm: build it with `sallyport policy build`, or `opa build -t wasm`')
  const own = [...files].flatMap(([name, content]) => {
    const tenant = /^tenants\/([^/]+)\/policy\.wasm$/.exec(name)?.[1]
    return tenant === undefined ? [] : [[tenant, content] as const]
  })
  const tenants = new Map(own.sort(([a], [b]) => a < b ? -1 : 1))
  return { wasm, tenants, judges: ours?.['judges'] !== false, evaluated: needsOf([wasm, ...tenants.values()], ours) }
}

/** What the manifest of ours says of formats is taken up; the rest is read from the modules themselves. */
function needsOf (modules: readonly Uint8Array[], ours: Json | null): readonly string[] {
  try {
    const needs = evaluatedBy(modules, null)
    const listed = ours?.['evaluated']
    return Array.isArray(listed) && !listed.includes('sprintf') ? needs.filter(name => name !== 'sprintf') : needs
  } catch (cause) {
    throw new BundleRefused('policy.wasm is no policy that can be loaded', { cause })
  }
}

/** The data of all folders, without the gateway's own. */
function dataOf (files: BundleFiles): Json {
  let data: Json = {}
  for (const [name, content] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (!['data.json', 'data.yaml', 'data.yml'].includes(posix.basename(name))) continue
    data = merged(data, name, parsed(name, content))
  }
  const { gateway: _gateway, ...rest } = data
  return rest
}

function merged (data: Json, name: string, value: unknown): Json {
  try {
    return mergeData(data, name, value)
  } catch (cause) {
    throw new BundleRefused(`${name}: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
}

function assembled (code: PolicyCode, data: Json, gateway: PolicyData, revision: string): BuiltPolicy {
  try {
    return assemble(code, data, gateway, revision)
  } catch (cause) {
    if (!(cause instanceof DataTooLarge)) throw cause
    throw new BundleRefused(cause.message, { cause })
  }
}

/** Every module loads with this data, and has the entry points of the library. */
function tryModules ({ wasm, tenants, dataText }: BuiltPolicy): void {
  for (const bytes of [wasm, ...tenants.values()]) {
    const missing = Object.values(entrypoints).find(name => !opened(bytes, dataText).entrypoints.includes(name))
    if (missing !== undefined) throw new BundleRefused(`policy.wasm has no entry point ${missing}: build it together with the library`)
  }
}

function opened (wasm: Uint8Array, dataText: string): Engine {
  try {
    return openEngine(new WebAssembly.Module(new Uint8Array(wasm)), dataText, { evaluator: { call: () => undefined } })
  } catch (cause) {
    throw new BundleRefused(`policy.wasm cannot be loaded: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
}
