/** Evaluates modules that were just compiled, in a thread of its own that is ended at a deadline: for tests and the command line. */
import { Worker } from 'node:worker_threads'
import type { EvaluationError } from './engine.ts'

export interface RunRequest {
  readonly wasm: Uint8Array
  readonly dataText: string
  readonly questions: readonly RunQuestion[]
}

export interface RunQuestion {
  /** The name of an entry point, or 0 for a query. */
  readonly entrypoint: string | number
  readonly inputText: string | null
}

/** `text`: the results as terms, `[]` where there are none. */
export type RunAnswer =
  | { readonly text: string }
  | { readonly kind: EvaluationError['kind'] | 'timeout', readonly message: string }

export interface Runner {
  /** One answer for each question, in their order. */
  run (request: RunRequest): Promise<readonly RunAnswer[]>
  close (): Promise<void>
}

/** One question after the other. `evaluator`: whether OPA's evaluator serves builtins that nothing else does. */
export function openRunner (options: { readonly deadlineMs: number, readonly evaluator: boolean }): Runner {
  let worker: Worker | null = null
  let tail: Promise<unknown> = Promise.resolve()

  async function ask (request: RunRequest): Promise<readonly RunAnswer[]> {
    worker ??= new Worker(new URL('./runner-thread.js', import.meta.url), { workerData: options.evaluator, env: {}, execArgv: [], resourceLimits: { stackSizeMb: 16 } })
    const current = worker
    try {
      return await answerOf(current, request, options.deadlineMs)
    } catch (thrown) {
      worker = null
      await current.terminate()
      const failed: RunAnswer = thrown instanceof Late ? { kind: 'timeout', message: `not done within ${options.deadlineMs} ms` } : { kind: 'error', message: String(thrown) }
      return request.questions.map(() => failed)
    }
  }
  return {
    run: request => {
      const turn = tail.then(async () => await ask(request))
      tail = turn.catch(() => {})
      return turn
    },
    close: async () => {
      await tail
      await worker?.terminate()
    }
  }
}

class Late extends Error {}

async function answerOf (worker: Worker, request: RunRequest, deadlineMs: number): Promise<readonly RunAnswer[]> {
  let settle: () => void = () => {}
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Late()) }, deadlineMs)
      worker.once('message', resolve).once('error', reject)
      settle = () => {
        clearTimeout(timer)
        worker.off('message', resolve).off('error', reject)
      }
      worker.postMessage(request)
    })
  } finally {
    settle()
  }
}
