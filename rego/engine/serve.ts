/**
 * Who answers a builtin that is not in `policy.wasm` itself: a function of ours where it is worth one, and exact; otherwise
 * OPA's own evaluator, where it was loaded.
 */
import { Beyond, hostBuiltins, type HostBuiltin } from './host.ts'
import { exactJson, readTerm } from './term.ts'

/** The arguments of one call, as texts, in either form. */
export interface BuiltinArguments {
  /** JSON: sets are lists. */
  json (): readonly string[]
  /** As Rego writes terms. */
  terms (): readonly string[]
}

/** Undefined is undefined in Rego. */
export type BuiltinCall = (given: BuiltinArguments) => { readonly json: string } | { readonly term: string } | undefined

/** OPA's evaluator in this thread. Undefined where a builtin is undefined or fails, which is the same in Rego. */
export interface BuiltinEvaluator {
  call (name: string, argumentsText: string): string | undefined
}

/** How a builtin is answered, or null where it is not: the policy cannot be loaded then. */
export function serveBuiltin (name: string, evaluator: BuiltinEvaluator | null): BuiltinCall | null {
  const host = hostBuiltins.get(name)
  if (host === undefined) return evaluator === null ? null : byEvaluator(name, evaluator)
  return given => {
    try {
      const value = run(host, given)
      return value === undefined ? undefined : { json: JSON.stringify(value) }
    } catch (thrown) {
      if (thrown instanceof Beyond && evaluator !== null) return byEvaluator(name, evaluator)(given)
      throw thrown
    }
  }
}

function run (host: HostBuiltin, given: BuiltinArguments): unknown {
  if (host.reads === 'terms') return host.run(...given.terms().map(readTerm))
  return host.run(...(host.reads === 'lists' ? given.json() : given.terms()).map(readArgument))
}

function byEvaluator (name: string, evaluator: BuiltinEvaluator): BuiltinCall {
  return given => {
    const term = evaluator.call(name, `[${given.terms().join(',')}]`)
    return term === undefined ? undefined : { term }
  }
}

/** Throws {@link Beyond} for a number that JavaScript would round, and for a set. */
function readArgument (text: string): unknown {
  try {
    if (exactJson(text)) return JSON.parse(text)
  } catch {}
  throw new Beyond('a value is not served by this builtin here')
}
