/**
 * Evaluates a compiled policy (OPA's WebAssembly ABI 1.2 and later) in this thread: bytes of JSON in, text of JSON out.
 * Whatever goes wrong is one kind of error, and an instance that failed is never asked again.
 */
import { hostBuiltins } from './builtins.ts'

/** Why there is no answer. `conflict`: two values for one rule or function. The message is OPA's and holds no input. */
export class EvaluationError extends Error {
  readonly kind: 'undefined' | 'conflict' | 'error'

  constructor (kind: EvaluationError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EvaluationError'
    this.kind = kind
  }
}

export interface Engine {
  /** The result's JSON text. Throws {@link EvaluationError}. `inputText` is JSON that the caller made, never a client's bytes. */
  evaluate (entrypoint: string, inputText: string): string
}

const pageBytes = 65_536
/** 128 MiB: a policy that needs more has run away. */
const maximumPages = 2048
/** Data takes about fifteen times its text, and growing by steps is slow. */
const dataFactor = 16

interface PolicyExports {
  opa_malloc (bytes: number): number
  opa_json_parse (address: number, bytes: number): number
  opa_json_dump (address: number): number
  opa_heap_ptr_get (): number
  opa_eval (reserved: number, entrypoint: number, data: number, input: number, inputBytes: number, heap: number, format: number): number
  builtins (): number
  entrypoints (): number
}

/** Throws {@link EvaluationError} for a module that is no policy of ours. */
export function openEngine (module: WebAssembly.Module, dataText: string): Engine {
  let instance: Instance | null = new Instance(module, dataText)
  return {
    evaluate: (entrypoint, inputText) => {
      const current = instance ?? new Instance(module, dataText)
      instance = null // given up unless it answers
      const text = current.evaluate(entrypoint, inputText)
      instance = current
      if (text === '[]') throw new EvaluationError('undefined', 'the policy is undefined for this input')
      return text
    }
  }
}

class Instance {
  readonly #memory: WebAssembly.Memory
  readonly #exports: PolicyExports
  readonly #builtins = new Map<number, string>()
  readonly #entrypoints: Readonly<Record<string, number>>
  readonly #data: number
  readonly #heap: number

  constructor (module: WebAssembly.Module, dataText: string) {
    const dataBytes = Buffer.byteLength(dataText)
    const initial = Math.min(maximumPages, Math.ceil(dataFactor * dataBytes / pageBytes) + 32)
    this.#memory = new WebAssembly.Memory({ initial, maximum: maximumPages })
    this.#exports = this.#guard(() => this.#instantiate(module))
    for (const [name, id] of Object.entries(this.#readObject(this.#exports.builtins()))) this.#builtins.set(id, name)
    this.#entrypoints = this.#readObject(this.#exports.entrypoints())
    this.#data = this.#guard(() => this.#load(dataText))
    this.#heap = this.#exports.opa_heap_ptr_get()
  }

  evaluate (entrypoint: string, inputText: string): string {
    const id = Object.hasOwn(this.#entrypoints, entrypoint) ? this.#entrypoints[entrypoint] : undefined
    if (id === undefined) throw new EvaluationError('error', 'the policy has no such entry point')
    return this.#guard(() => {
      const bytes = this.#writeInput(inputText)
      return this.#read(this.#exports.opa_eval(0, id, this.#data, this.#heap, bytes, this.#heap + bytes, 0))
    })
  }

  #instantiate (module: WebAssembly.Module): PolicyExports {
    const call = (id: number, ...addresses: readonly number[]): number => this.#callBuiltin(id, addresses)
    const env = {
      memory: this.#memory,
      opa_abort: (address: number) => { throw abortion(this.#read(address)) },
      opa_println: () => {},
      opa_builtin0: (id: number) => call(id),
      opa_builtin1: (id: number, _context: number, a: number) => call(id, a),
      opa_builtin2: (id: number, _context: number, a: number, b: number) => call(id, a, b),
      opa_builtin3: (id: number, _context: number, a: number, b: number, c: number) => call(id, a, b, c),
      opa_builtin4: (id: number, _context: number, a: number, b: number, c: number, d: number) => call(id, a, b, c, d)
    }
    const { exports } = new WebAssembly.Instance(module, { env })
    requireAbi(exports)
    return exports as unknown as PolicyExports
  }

  /** Undefined for a builtin that fails, as OPA has it; one that is not served ends the evaluation. */
  #callBuiltin (id: number, addresses: readonly number[]): number {
    const serve = hostBuiltins.get(this.#builtins.get(id) ?? '')
    if (serve === undefined) throw new EvaluationError('error', `the builtin ${this.#builtins.get(id) ?? id} is not served`)
    const result = serve(...addresses.map((address): unknown => JSON.parse(this.#read(this.#exports.opa_json_dump(address)))))
    return result === undefined ? 0 : this.#load(JSON.stringify(result))
  }

  /** Writes behind the data, where every evaluation begins its heap; answers the number of bytes. */
  #writeInput (text: string): number {
    const most = this.#heap + text.length * 3
    if (most > this.#memory.buffer.byteLength) this.#memory.grow(Math.ceil((most - this.#memory.buffer.byteLength) / pageBytes))
    return Buffer.from(this.#memory.buffer).write(text, this.#heap, 'utf8')
  }

  #load (text: string): number {
    const bytes = Buffer.byteLength(text)
    const raw = this.#exports.opa_malloc(bytes)
    Buffer.from(this.#memory.buffer).write(text, raw, 'utf8')
    const parsed = this.#exports.opa_json_parse(raw, bytes)
    if (parsed === 0) throw new EvaluationError('error', 'the policy\'s data could not be read')
    return parsed
  }

  #read (address: number): string {
    const memory = Buffer.from(this.#memory.buffer)
    const end = memory.indexOf(0, address)
    if (end === -1) throw new EvaluationError('error', 'the policy answered outside its memory')
    return memory.toString('utf8', address, end)
  }

  #readObject (address: number): Record<string, number> {
    return JSON.parse(this.#read(this.#exports.opa_json_dump(address))) as Record<string, number>
  }

  /** Traps, exhausted memory and deep recursion are thrown by the engine as errors of many kinds. */
  #guard<T> (work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      if (thrown instanceof EvaluationError) throw thrown
      throw new EvaluationError('error', thrown instanceof Error ? thrown.message : 'the policy failed', { cause: thrown })
    }
  }
}

function abortion (message: string): EvaluationError {
  return new EvaluationError(message.endsWith('conflict') ? 'conflict' : 'error', message)
}

function requireAbi (exports: WebAssembly.Exports): void {
  const version = exports['opa_wasm_abi_version']
  const minor = exports['opa_wasm_abi_minor_version']
  const isKnown = version instanceof WebAssembly.Global && version.value === 1 && minor instanceof WebAssembly.Global && Number(minor.value) >= 2
  if (!isKnown) throw new EvaluationError('error', 'the module is no policy of a known ABI')
}
