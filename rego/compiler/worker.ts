/** The thread that holds one compiler and answers calls in the order they come. */
import { parentPort, workerData } from 'node:worker_threads'
import { openCompiler } from './core.ts'
import { RegoError } from './types.ts'
import type { CompilerCore, Diagnostic } from './types.ts'
import type { CompilerFiles } from './load.ts'

/** One call to the thread. */
export interface WorkerCall {
  readonly verb: keyof CompilerCore
  readonly given: readonly unknown[]
}

/** What the thread answers: first once when it is ready, then once for every call. */
export type WorkerAnswer =
  | { readonly result: unknown }
  | { readonly diagnostics: readonly Diagnostic[] }

function attempt (work: () => unknown): WorkerAnswer {
  try {
    return { result: work() }
  } catch (thrown) {
    return { diagnostics: (thrown instanceof RegoError ? thrown : RegoError.of('rego_crash', String(thrown))).diagnostics }
  }
}

function serve (compiler: CompilerCore, { verb, given }: WorkerCall): WorkerAnswer {
  return attempt(() => (compiler[verb] as (...given: readonly unknown[]) => unknown)(...given))
}

function start (files: CompilerFiles): void {
  let compiler: CompilerCore | null = null
  parentPort?.postMessage(attempt(() => { compiler = openCompiler(files) }))
  parentPort?.on('message', (call: WorkerCall) => {
    if (compiler !== null) parentPort?.postMessage(serve(compiler, call))
  })
}

start(workerData as CompilerFiles)
