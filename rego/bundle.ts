/** Builds a policy folder: reads it, refuses what would be passed over, compiles it with the library, names the result. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonicalize } from '../core/audit/canonical.ts'
import type { PolicyVersion } from '../core/enforce/decision.ts'
import type { PolicyData } from '../core/pipeline/plugin.ts'
import { unservedBuiltins } from './builtins.ts'
import { once, withCompiler } from './compile.ts'
import { RegoError, type BuildRequest, type Compiler, type Diagnostic, type RegoModule, type SyntaxTree } from './compiler/compiler.ts'
import { entrypoints, inputSchema, libraryModules } from './library.ts'
import { refuseLiterals } from './literals.ts'
import { refuseModule } from './rules.ts'
import { isOfResponse, wholeAnswers } from './whole.ts'
import { readPolicyFolder, tenantOf, type PolicySources } from './sources.ts'

export interface PolicyFolder {
  /** Absolute, or from the working directory: diagnostics name files as it is given. */
  readonly dir: string
  /** What policies read as `data.gateway`; null where no configuration is at hand: names in rules are then not checked. */
  readonly gateway: PolicyData | null
}

/** A policy that can be evaluated. */
export interface BuiltPolicy {
  readonly wasm: Uint8Array
  /** For tenants with rules of their own: the same policy with their rules, and no other tenant's. */
  readonly tenants: ReadonlyMap<string, Uint8Array>
  /** The whole base document as JSON text. */
  readonly dataText: string
  readonly version: PolicyVersion
  /** False where no rule judges answers: the judgement of every answer is then the same. */
  readonly judges: boolean
}

/** `policy` is null where there is any fault. */
export interface PolicyBuild {
  readonly policy: BuiltPolicy | null
  readonly faults: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
}

/** Never throws for what an author wrote. Throws `RegoError` `rego_crash` where the compiler itself fails. */
export async function buildPolicy ({ dir, gateway }: PolicyFolder): Promise<PolicyBuild> {
  const sources = readOrRefuse(dir)
  if ('faults' in sources && !('modules' in sources)) return { policy: null, faults: sources.faults, warnings: [] }
  try {
    const policy = await build(sources, gateway)
    return { policy, faults: [], warnings: warningsOf(sources, dir) }
  } catch (thrown) {
    if (!(thrown instanceof RegoError) || thrown.diagnostics.some(isCrash)) throw thrown
    return { policy: null, faults: thrown.diagnostics.map(fault => named(fault, dir)).sort(byPlace), warnings: [] }
  }
}

function readOrRefuse (dir: string): PolicySources | { readonly faults: readonly Diagnostic[] } {
  try {
    return readPolicyFolder(dir)
  } catch {
    return { faults: [{ file: dir, row: 1, column: 1, code: 'policy_folder_error', message: 'the policy folder cannot be read' }] }
  }
}

/** Throws `RegoError` with every fault of every file at once. */
async function build (sources: PolicySources, gateway: PolicyData | null): Promise<BuiltPolicy> {
  const { modules, tenants: ofTenants, data, revision } = sources
  if (modules.length === 0) throw RegoError.of('policy_folder_error', 'the policy folder holds no .rego file beside tests and tenants')
  const { trees, compiled } = await once([libraryModules(), modules, [...ofTenants], data], async () => await withCompiler(async compiler => await compile(compiler, sources)))
  const refused = [...sources.faults, ...trees.flatMap(tree => [...refuseModule(tree, tenantOf(tree.path) !== null), ...refuseLiterals(tree, gateway)])]
  if (refused.length > 0 || 'faults' in compiled) throw new RegoError([...refused, ...'faults' in compiled ? compiled.faults : []])
  const dataText = sortedJson({ ...data, gateway: gateway ?? {} })
  return { ...compiled, dataText, version: versionOf(revision, { ...compiled, dataText }), judges: trees.some(isOfResponse) }
}

type Modules = Pick<BuiltPolicy, 'wasm' | 'tenants'>

interface Compiled { readonly trees: readonly SyntaxTree[], readonly compiled: Modules | { readonly faults: readonly Diagnostic[] } }

/** What is no Rego at all throws; what does not compile is told beside the faults that stand in the trees. */
async function compile (compiler: Compiler, sources: PolicySources): Promise<Compiled> {
  const { modules, tenants } = sources
  const trees = await compiler.parse([...modules, ...[...tenants.values()].flat()])
  try {
    const whole = wholeAnswers(trees)
    const { wasm } = await compiler.build(requestOf(sources, whole))
    const built = new Map<string, Uint8Array>()
    for (const [tenant, own] of tenants) built.set(tenant, (await compiler.build(requestOf(sources, [...whole, ...own.map(authored)]))).wasm)
    return { trees, compiled: { wasm, tenants: built } }
  } catch (thrown) {
    if (!(thrown instanceof RegoError) || thrown.diagnostics.some(isCrash)) throw thrown
    return { trees, compiled: { faults: thrown.diagnostics } }
  }
}

function isCrash ({ code }: Diagnostic): boolean {
  return ['rego_crash', 'rego_timeout', 'rego_closed'].includes(code)
}

function requestOf ({ modules, data }: PolicySources, more: readonly RegoModule[]): BuildRequest {
  return {
    modules: [...libraryModules(), ...modules.map(authored), ...more],
    data,
    schema: inputSchema(),
    forbid: unservedBuiltins,
    entrypoints: Object.values(entrypoints)
  }
}

/** Authors' files have a folder of their own: none can stand for one of the library. */
function authored ({ path, text }: RegoModule): RegoModule {
  return { path: `policy/${path}`, text }
}

/** Keys sorted: the same data is the same text, whatever the order of files. Numbers may be fractions here. */
function sortedJson (data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
  })
}

function versionOf (revision: string, { wasm, tenants, dataText }: Omit<BuiltPolicy, 'version' | 'judges'>): PolicyVersion {
  const parts = { data: sha256(dataText), policy: sha256(wasm), tenants: [...tenants].map(([name, bytes]) => [name, sha256(bytes)]) }
  const digest = sha256(canonicalize(parts))
  return { version: `${revision}@sha256:${digest.slice(0, 12)}`, digest: `sha256:${digest}` }
}

function sha256 (content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** As the author would name the file. */
function named (fault: Diagnostic, dir: string): Diagnostic {
  const file = fault.file.startsWith('library/') ? fault.file : join(dir, fault.file.replace(/^policy\//, ''))
  return { ...fault, file, row: Math.max(1, fault.row), column: Math.max(1, fault.column) }
}

function byPlace (a: Diagnostic, b: Diagnostic): number {
  return a.file === b.file ? a.row - b.row || a.column - b.column : a.file < b.file ? -1 : 1
}

function warningsOf ({ tests }: PolicySources, dir: string): Diagnostic[] {
  return tests.length > 0 ? [] : [{ file: dir, row: 1, column: 1, code: 'policy_untested', message: 'the policy has no tests (*_test.rego)' }]
}
