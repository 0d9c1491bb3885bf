/** Builds a policy folder: reads it, refuses what would be passed over, compiles it with the library, names the result. */
import { join } from 'node:path'
import type { PolicyData } from '../core/pipeline/plugin.ts'
import { once, withCompiler } from './compile.ts'
import { RegoError, type Diagnostic, type KnownNames, type PolicyResult, type RegoModule } from './compiler/compiler.ts'
import { entrypoints, inputSchema, libraryModules } from './library.ts'
import { evaluatedBy } from './engine/needs.ts'
import { assemble, DataTooLarge, type BuiltPolicy } from './policy.ts'
import { readPolicyFolder, type PolicySources } from './sources.ts'

export interface PolicyFolder {
  /** Absolute, or from the working directory: diagnostics name files as it is given. */
  readonly dir: string
  /** What policies read as `data.gateway`; null where no configuration is at hand: names in rules are then not checked. */
  readonly gateway: PolicyData | null
}

export interface PolicyCheck {
  /** What refuses the policy wherever it is loaded. */
  readonly faults: readonly Diagnostic[]
  /** What refuses it where it is checked: it would load, and hardly do what was meant. */
  readonly findings: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
}

/** `policy` is null where there is any fault. */
export interface PolicyBuild extends PolicyCheck {
  readonly policy: BuiltPolicy | null
}

/** Never throws for what an author wrote. Throws `RegoError` `rego_crash` where the compiler itself fails. */
export async function buildPolicy (folder: PolicyFolder): Promise<PolicyBuild> {
  return await examine(folder, false)
}

/** The same without making any code. */
export async function checkPolicy (folder: PolicyFolder): Promise<PolicyCheck> {
  return await examine(folder, true)
}

async function examine ({ dir, gateway }: PolicyFolder, checkOnly: boolean): Promise<PolicyBuild> {
  try {
    const sources = readSources(dir)
    const result = await compiled(sources, gateway, checkOnly)
    const told = [...sources.faults, ...result.diagnostics]
    const faults = told.filter(({ severity }) => severity === undefined)
    const warnings = [...untested(sources), ...told.filter(({ severity }) => severity === 'warning')]
    const policy = faults.length > 0 || result.wasm === null ? null : assembled(sources, { ...result, wasm: result.wasm }, gateway)
    return { policy, faults: named(faults, dir), findings: named(told.filter(({ severity }) => severity === 'finding'), dir), warnings: named(warnings, dir) }
  } catch (thrown) {
    if (!(thrown instanceof RegoError) || thrown.diagnostics.some(isCrash)) throw thrown
    return { policy: null, faults: named(thrown.diagnostics, dir), findings: [], warnings: [] }
  }
}

function readSources (dir: string): PolicySources {
  const sources = readOrRefuse(dir)
  if (sources.modules.length === 0) throw RegoError.of('policy_folder_error', 'the policy folder holds no .rego file beside tests and tenants')
  return sources
}

function readOrRefuse (dir: string): PolicySources {
  try {
    return readPolicyFolder(dir)
  } catch (cause) {
    throw RegoError.of('policy_folder_error', 'the policy folder cannot be read', { cause })
  }
}

async function compiled (sources: PolicySources, gateway: PolicyData | null, checkOnly: boolean): Promise<PolicyResult> {
  const known = namesOf(gateway)
  const { modules, tenants, data } = sources
  return await once([libraryModules(), modules, [...tenants], data, known, checkOnly], async () => await withCompiler(async compiler => await compiler.policy({
    modules: [...libraryModules(), ...[...modules, ...[...tenants.values()].flat()].map(authored)],
    data,
    schema: inputSchema(),
    entrypoints: Object.values(entrypoints),
    known,
    checkOnly
  })))
}

function namesOf (gateway: PolicyData | null): KnownNames | null {
  if (gateway === null) return null
  return { endpoints: Object.keys(gateway.endpoints), models: Object.keys(gateway.models), levels: gateway.taxonomy.levels }
}

/** Authors' files have a folder of their own: none can stand for one of the library. */
export function authored ({ path, text }: RegoModule): RegoModule {
  return { path: `policy/${path}`, text }
}

function assembled ({ data, revision }: PolicySources, code: PolicyResult & { readonly wasm: Uint8Array }, gateway: PolicyData | null): BuiltPolicy {
  const { wasm, tenants, judges } = code
  try {
    return assemble({ wasm, tenants, judges, evaluated: evaluatedBy([wasm, ...tenants.values()], code.formats) }, { ...data, ...familiesOf(code.familiesText) }, gateway, revision)
  } catch (thrown) {
    if (thrown instanceof DataTooLarge) throw new RegoError([{ file: 'policy/', row: 1, column: 1, code: 'policy_data_error', message: thrown.message }], { cause: thrown })
    throw thrown
  }
}

/** Constants of rules of one shape, which the compiled policy looks up. Nothing where there are none. */
export function familiesOf (text: string): Readonly<Record<string, unknown>> {
  return text === '{}' ? {} : { sallyport: { families: JSON.parse(text) as unknown } }
}

function isCrash ({ code }: Diagnostic): boolean {
  return ['rego_crash', 'rego_timeout', 'rego_closed'].includes(code)
}

/** As the author would name the files, by place. */
export function named (faults: readonly Diagnostic[], dir: string): Diagnostic[] {
  return faults.map(fault => ({ ...fault, file: nameOf(fault.file, dir), row: Math.max(1, fault.row), column: Math.max(1, fault.column) })).sort(byPlace)
}

function nameOf (file: string, dir: string): string {
  if (file.startsWith('library/')) return file
  const below = file.replace(/^policy\//, '')
  return below === '' ? dir : join(dir, below)
}

function byPlace (a: Diagnostic, b: Diagnostic): number {
  return a.file === b.file ? a.row - b.row || a.column - b.column : a.file < b.file ? -1 : 1
}

function untested ({ tests }: PolicySources): Diagnostic[] {
  return tests.length > 0 ? [] : [{ file: 'policy/', row: 1, column: 1, code: 'policy_untested', message: 'the policy has no tests (*_test.rego)', severity: 'warning' }]
}
