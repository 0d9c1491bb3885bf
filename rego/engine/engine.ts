/**
 * Evaluates a compiled policy through @open-policy-agent/opa-wasm in this thread: text of JSON in, text of Rego terms out. The
 * SDK by itself takes malformed input for none, throws texts and objects, and goes on with an instance that failed; here
 * whatever goes wrong is one kind of error, and an instance that failed is never asked again.
 */
import { ForeignModule, instantiate, type PolicyInstance } from './instance.ts'
import { serveBuiltin, type BuiltinEvaluator } from './serve.ts'

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
  readonly entrypoints: readonly string[]
  /**
   * The results as text: a list of `{"result": ...}`, read by `readValue`. Throws {@link EvaluationError}, `undefined` for an
   * empty list. `inputText` is JSON that the caller made, or a term of Rego, never a client's bytes; null leaves `input` undefined.
   */
  evaluate (entrypoint: string | number, inputText: string | null): string
}

export interface EngineOptions {
  /** OPA's evaluator, for builtins that nothing else serves. */
  readonly evaluator?: BuiltinEvaluator | null
  /** Answers an empty list of results instead of throwing. */
  readonly allowUndefined?: boolean
}

const pageBytes = 65_536
/** 128 MiB: a policy that needs more has run away. */
const maximumPages = 2048
/** Data takes about fifteen times its text, and growing by steps is slow. */
const dataFactor = 16
/** An input is facts: one beyond this is refused, whoever made it. */
export const maxInputBytes = 4 * 1024 * 1024

/** Throws {@link EvaluationError} for a module that is no policy of ours, or needs what is not served. */
export function openEngine (module: WebAssembly.Module, dataText: string, options: EngineOptions = {}): Engine {
  const { evaluator = null, allowUndefined = false } = options
  const open = (): PolicyInstance => guarded(() => load(module, dataText, evaluator))
  const first = open()
  let instance: PolicyInstance | null = first
  return {
    entrypoints: Object.keys(first.entrypoints),
    evaluate: (entrypoint, inputText) => {
      const current = instance ?? open()
      instance = null // given up unless it answers
      const answer = guarded(() => ask(current, entrypoint, inputText))
      instance = current
      if (answer === 'set()') return allowUndefined ? '[]' : none()
      if (!answer.startsWith('{{')) throw new EvaluationError('error', 'the policy gave no set of results')
      return `[${answer.slice(1, -1)}]`
    }
  }
}

function none (): never {
  throw new EvaluationError('undefined', 'the policy is undefined for this input')
}

function load (module: WebAssembly.Module, dataText: string, evaluator: BuiltinEvaluator | null): PolicyInstance {
  const data = bytesOf(dataText)
  const initial = Math.min(maximumPages, Math.ceil(dataFactor * data.byteLength / pageBytes) + 32)
  const policy = instantiate(module, new WebAssembly.Memory({ initial, maximum: maximumPages }), name => serveBuiltin(name, evaluator))
  policy.setData(data)
  return policy
}

function ask (policy: PolicyInstance, entrypoint: string | number, inputText: string | null): string {
  const id = typeof entrypoint === 'number' ? entrypoint : policy.entrypoints[entrypoint]
  if (id === undefined || !Object.values(policy.entrypoints).includes(id)) throw new EvaluationError('error', 'the policy has no such entry point')
  return policy.evaluate(inputText === null ? null : inputBytes(inputText), id)
}

/** The instance resets what follows the data itself: an empty text would be taken for no input at all. */
function inputBytes (text: string): ArrayBuffer {
  const bytes = bytesOf(text)
  if (bytes.byteLength === 0) throw new EvaluationError('error', 'the input is empty')
  if (bytes.byteLength > maxInputBytes) throw new EvaluationError('error', 'the input is too large')
  return bytes
}

/** An ArrayBuffer of exactly these bytes: the SDK takes any other view for a document of numbered fields. */
function bytesOf (text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer
}

/** The policy throws texts; traps, exhausted memory and deep recursion are errors of many kinds. */
function guarded<T> (work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof EvaluationError) throw thrown
    const message = messageOf(thrown)
    const kind = !(thrown instanceof ForeignModule) && message.endsWith('conflict') ? 'conflict' : 'error'
    throw new EvaluationError(kind, message, { cause: thrown })
  }
}

function messageOf (thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : 'the policy failed'
}
