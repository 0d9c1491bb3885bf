/** Which of OPA's builtins a policy needs beside those that are compiled into it, and who answers them. */
import { servesFormat } from './format.ts'
import { hostBuiltins } from './host.ts'
import { builtinsOfModule } from './instance.ts'

/**
 * Builtins that OPA's own evaluator must answer, sorted.
 * @param formats what rules give to `sprintf`; null where that is not known: only the evaluator writes every format
 */
export function evaluatedBy (modules: readonly Uint8Array[], formats: readonly string[] | null): string[] {
  const names = new Set(modules.flatMap(wasm => builtinsOfModule(new WebAssembly.Module(new Uint8Array(wasm)))))
  const isServed = (name: string): boolean => hostBuiltins.has(name) && (name !== 'sprintf' || formats?.every(servesFormat) === true)
  return [...names].filter(name => !isServed(name)).sort()
}
