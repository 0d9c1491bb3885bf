/**
 * The Rego compiler in a process of its own: it may be ended at any moment, which is the only way to bound a
 * computation in WebAssembly, and it has a stack deep enough for deeply nested sources.
 */
import { shippedFiles } from './load.ts'
import type { CompilerFiles } from './load.ts'
import { startProcess, type CompilerProcess } from './child.ts'
import { RegoError } from './types.ts'
import type { Compiler, CompilerCore } from './types.ts'
import type { WorkerAnswer, WorkerCall } from './worker.ts'

export { openCompiler } from './core.ts'
export { shippedFiles } from './load.ts'
export type { CompilerFiles } from './load.ts'
export * from './types.ts'

export interface CompilerOptions {
  /** Wall time that starting, and each call, may take. Default 60 000. */
  readonly deadlineMs?: number
  readonly files?: CompilerFiles
}

/**
 * Starts the compiler and waits until it is ready. A call that reaches the deadline fails with `rego_timeout` and takes
 * its process with it; the next call starts another. Calls are served one after the other.
 */
export async function startCompiler (options: CompilerOptions = {}): Promise<Compiler> {
  const deadlineMs = options.deadlineMs ?? 60_000
  const files = options.files ?? shippedFiles
  let child: CompilerProcess | null = await startProcess(files, deadlineMs)
  let closed = false
  let tail: Promise<unknown> = Promise.resolve()

  async function ask (call: WorkerCall): Promise<unknown> {
    if (closed) throw closedError()
    child ??= await startProcess(files, deadlineMs)
    const current = child
    try {
      return resultOf(await current.ask(call, deadlineMs))
    } finally {
      if (current.ended()) child = null
    }
  }
  function inTurn (verb: keyof CompilerCore, given: readonly unknown[]): Promise<unknown> {
    const turn = tail.then(() => ask({ verb, given }))
    tail = turn.catch(() => {})
    return turn
  }
  async function close (): Promise<void> {
    closed = true
    await child?.end(closedError())
    await tail
    await child?.end(closedError())
  }
  return compilerOf(inTurn, close)
}

function closedError (): RegoError {
  return RegoError.of('rego_closed', 'the compiler is closed')
}

type InTurn = (verb: keyof CompilerCore, given: readonly unknown[]) => Promise<unknown>

const verbs = ['build', 'buildQuery', 'check', 'policy', 'inspect', 'test', 'format', 'evaluate', 'builtins', 'builtin', 'version'] as const satisfies ReadonlyArray<keyof CompilerCore>

function compilerOf (inTurn: InTurn, close: () => Promise<void>): Compiler {
  const calls = verbs.map(verb => [verb, (...given: readonly unknown[]) => inTurn(verb, given)])
  return { ...Object.fromEntries(calls), close } as Compiler
}

function resultOf (answer: WorkerAnswer): unknown {
  if ('diagnostics' in answer) throw new RegoError(answer.diagnostics)
  return answer.result
}
