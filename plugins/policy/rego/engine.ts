/**
 * Evaluates a compiled policy through @open-policy-agent/opa-wasm in this thread: text of JSON in, text of JSON out. The SDK
 * by itself takes malformed input for none, throws texts and objects, and goes on with an instance that failed; here
 * whatever goes wrong is one kind of error, and an instance that failed is never asked again.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { hostBuiltins, type HostBuiltin } from './builtins.ts'

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
  /** The results' JSON text. Throws {@link EvaluationError}. `inputText` is JSON that the caller made, never a client's bytes. */
  evaluate (entrypoint: string, inputText: string): string
}

/** What is used of the SDK: its ES module does not export what its types say. */
interface Sdk {
  loadPolicySync (module: WebAssembly.Module, memory: { readonly initial: number, readonly maximum: number }, builtins: Readonly<Record<string, HostBuiltin>>): SdkPolicy
}

interface SdkPolicy {
  readonly entrypoints: Readonly<Record<string, number>>
  readonly minorVersion: number | undefined
  setData (json: ArrayBuffer): void
  evaluate (json: ArrayBuffer, entrypoint: string): unknown
}

const pageBytes = 65_536
/** 128 MiB: a policy that needs more has run away. */
const maximumPages = 2048
/** Data takes about fifteen times its text, and growing by steps is slow. */
const dataFactor = 16

const sdk = openSdk()

/**
 * The SDK prefers a table of builtins of its own to those it is given, and its `sprintf` is not OPA's: the table is emptied,
 * so that policies get the builtins vetted here and no others.
 */
function openSdk (): Sdk {
  const require = createRequire(import.meta.url)
  const table = require(join(dirname(require.resolve('@open-policy-agent/opa-wasm')), 'builtins/index.js')) as Record<string, unknown>
  for (const name of Object.keys(table)) Reflect.deleteProperty(table, name)
  return require('@open-policy-agent/opa-wasm') as Sdk
}

/** Throws {@link EvaluationError} for a module that is no policy of ours. */
export function openEngine (module: WebAssembly.Module, dataText: string): Engine {
  let instance: SdkPolicy | null = guarded(() => load(module, dataText))
  return {
    evaluate: (entrypoint, inputText) => {
      const current = instance ?? guarded(() => load(module, dataText))
      instance = null // given up unless it answers
      const results = guarded(() => ask(current, entrypoint, inputText))
      instance = current
      if (!Array.isArray(results)) throw new EvaluationError('error', 'the policy gave no list of results')
      if (results.length === 0) throw new EvaluationError('undefined', 'the policy is undefined for this input')
      return JSON.stringify(results)
    }
  }
}

function load (module: WebAssembly.Module, dataText: string): SdkPolicy {
  const data = bytesOf(dataText)
  const initial = Math.min(maximumPages, Math.ceil(dataFactor * data.byteLength / pageBytes) + 32)
  const policy = sdk.loadPolicySync(module, { initial, maximum: maximumPages }, Object.fromEntries(hostBuiltins))
  if (!(Number(policy.minorVersion) >= 2)) throw new EvaluationError('error', 'the module is no policy of a known ABI')
  policy.setData(data)
  return policy
}

function ask (policy: SdkPolicy, entrypoint: string, inputText: string): unknown {
  if (!Object.hasOwn(policy.entrypoints, entrypoint)) throw new EvaluationError('error', 'the policy has no such entry point')
  return policy.evaluate(bytesOf(inputText), entrypoint)
}

/** An ArrayBuffer of exactly these bytes: the SDK takes any other view for a document of numbered fields. */
function bytesOf (text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer
}

/** The SDK throws texts and plain objects; traps, exhausted memory and deep recursion are errors of many kinds. */
function guarded<T> (work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof EvaluationError) throw thrown
    const message = messageOf(thrown)
    throw new EvaluationError(message.endsWith('conflict') ? 'conflict' : 'error', message, { cause: thrown })
  }
}

function messageOf (thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : 'the policy failed'
}
