/**
 * One instance of a compiled policy: the SDK's LoadedPolicy over imports of our own. The SDK would hand builtins values that
 * went through JSON, in which sets are lists and long numbers are rounded, and read results the same way; here both cross
 * as text.
 */
import { createRequire } from 'node:module'
import type { BuiltinCall } from './serve.ts'

export interface PolicyInstance {
  readonly entrypoints: Readonly<Record<string, number>>
  /** The results as OPA writes terms: JSON, but for sets (`{1, 2}`, `set()`) and keys that are no strings. Throws what the policy throws. */
  evaluate (input: ArrayBuffer | null, entrypoint: number): string
  /** JSON. Only before the first evaluation, and once. */
  setData (json: ArrayBuffer): void
}

/** What is used of the SDK: its ES module does not export what its types say. */
interface SdkPolicy {
  readonly entrypoints: Readonly<Record<string, number>>
  setData (json: ArrayBuffer): void
  evaluate (json: ArrayBuffer | undefined, entrypoint: number): unknown
}

const { LoadedPolicy } = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as {
  LoadedPolicy: new (policy: { readonly exports: PolicyExports }, memory: WebAssembly.Memory, minorVersion: number) => SdkPolicy
}

/** OPA's ABI 1.2 and later. Addresses and sizes are unsigned 32-bit numbers. */
interface PolicyExports {
  readonly opa_wasm_abi_version: WebAssembly.Global
  readonly opa_wasm_abi_minor_version: WebAssembly.Global
  builtins (): number
  opa_eval (reserved: number, entrypoint: number, data: number, input: number, inputLength: number, heap: number, format: number): number
  opa_malloc (size: number): number
  opa_json_dump (value: number): number
  opa_json_parse (text: number, length: number): number
  opa_value_dump (value: number): number
  opa_value_parse (text: number, length: number): number
}

const formatTerm = 1

/** What a module may import, and nothing else. */
const importable: ReadonlySet<string> = new Set(['memory', 'opa_abort', 'opa_println', 'opa_builtin0', 'opa_builtin1', 'opa_builtin2', 'opa_builtin3', 'opa_builtin4'])

export class ForeignModule extends Error {}

/** The builtins that a policy needs of its host. Throws {@link ForeignModule}. */
export function builtinsOfModule (module: WebAssembly.Module): string[] {
  const names: string[] = []
  instantiate(module, new WebAssembly.Memory({ initial: 32 }), name => {
    names.push(name)
    return () => undefined
  })
  return names
}

/**
 * Throws {@link ForeignModule} for what is no policy of a known ABI.
 * @param serve answers builtins by name: null for one that is not served
 */
export function instantiate (module: WebAssembly.Module, memory: WebAssembly.Memory, serve: (name: string) => BuiltinCall | null): PolicyInstance {
  refuseImports(module)
  const text = new MemoryText(memory)
  const calls = new Map<number, BuiltinCall>()
  const call = (id: number, _context: number, ...values: number[]): number => answer(id, values)
  const { exports } = new WebAssembly.Instance(module, { env: { memory, opa_abort: abort, opa_println: ignore, opa_builtin0: call, opa_builtin1: call, opa_builtin2: call, opa_builtin3: call, opa_builtin4: call } })
  const policy = exports as unknown as PolicyExports
  refuseAbi(policy)
  for (const [name, id] of builtinsOf(policy, text)) {
    const served = serve(name)
    if (served === null) throw new ForeignModule(`the policy needs the builtin ${name}, which is not served`)
    calls.set(id, served)
  }

  function abort (message: number): never {
    throw new Error(text.read(message))
  }
  function answer (id: number, values: readonly number[]): number {
    const served = calls.get(id)
    if (served === undefined) throw new Error(`there is no builtin ${id}`)
    const result = served({
      json: () => values.map(value => text.read(policy.opa_json_dump(value))),
      terms: () => values.map(value => text.read(policy.opa_value_dump(value)))
    })
    if (result === undefined) return 0
    const parse = 'json' in result ? policy.opa_json_parse : policy.opa_value_parse
    const bytes = Buffer.from('json' in result ? result.json : result.term, 'utf8')
    const at = policy.opa_malloc(bytes.length) >>> 0
    text.write(at, bytes)
    const value = parse(at, bytes.length)
    if (value === 0) throw new Error('a builtin gave no value')
    return value
  }

  let answered = ''
  /** Takes the text out of memory and leaves one there that the SDK reads in no time. */
  function evaluateAsTerm (reserved: number, entrypoint: number, data: number, input: number, inputLength: number, heap: number): number {
    const at = policy.opa_eval(reserved, entrypoint, data, input, inputLength, heap, formatTerm) >>> 0
    answered = text.read(at)
    text.write(at, nothing)
    return at
  }
  const loaded = new LoadedPolicy({ exports: { ...policy, opa_eval: evaluateAsTerm } }, memory, 2)
  return {
    entrypoints: loaded.entrypoints,
    setData: json => { loaded.setData(json) },
    evaluate: (input, entrypoint) => {
      loaded.evaluate(input ?? undefined, entrypoint)
      return answered
    }
  }
}

/** `0` and the end of the text. */
const nothing = Buffer.from('0\0')

function ignore (): void {}

function refuseImports (module: WebAssembly.Module): void {
  const foreign = WebAssembly.Module.imports(module).find(({ module: from, name }) => from !== 'env' || !importable.has(name))
  if (foreign !== undefined) throw new ForeignModule(`the module imports ${foreign.module}.${foreign.name}, which no policy does`)
}

function refuseAbi (policy: Partial<PolicyExports>): void {
  const version = policy.opa_wasm_abi_version?.value
  const minor = policy.opa_wasm_abi_minor_version?.value
  if (version !== 1 || typeof minor !== 'number' || minor < 2) throw new ForeignModule('the module is no policy of a known ABI (1.2 or later)')
}

function builtinsOf (policy: PolicyExports, text: MemoryText): Array<[name: string, id: number]> {
  return Object.entries(JSON.parse(text.read(policy.opa_json_dump(policy.builtins()))) as Record<string, number>)
}

/** Texts in a memory, which may have grown since the last look. */
class MemoryText {
  readonly #memory: WebAssembly.Memory
  #bytes: Buffer<ArrayBuffer>

  constructor (memory: WebAssembly.Memory) {
    this.#memory = memory
    this.#bytes = Buffer.from(memory.buffer)
  }

  /** The UTF-8 text from an address to the next zero. */
  read (address: number): string {
    const start = address >>> 0
    const bytes = this.#now()
    const end = bytes.indexOf(0, start)
    if (end < 0) throw new Error('a text has no end')
    return bytes.toString('utf8', start, end)
  }

  write (at: number, bytes: Uint8Array): void {
    this.#now().set(bytes, at)
  }

  #now (): Buffer<ArrayBuffer> {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = Buffer.from(this.#memory.buffer)
    return this.#bytes
  }
}
