/** A worker thread that holds the compiler, one call at a time. */
import { Worker } from 'node:worker_threads'
import type { CompilerFiles } from './load.ts'
import { RegoError } from './types.ts'
import type { WorkerAnswer, WorkerCall } from './worker.ts'

export interface CompilerThread {
  /** One call, only after the one before was answered. Rejects with `rego_timeout` or `rego_crash` when the thread ends first. */
  ask (call: WorkerCall, deadlineMs: number): Promise<WorkerAnswer>
  ended (): boolean
  /** Ends the thread; a call under way rejects with `reason`. */
  end (reason: RegoError): Promise<void>
}

/** Starts a thread and waits until its compiler is loaded. */
export async function startThread (files: CompilerFiles, deadlineMs: number): Promise<CompilerThread> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: files,
    env: {},
    resourceLimits: { stackSizeMb: 16 }
  })
  const { wait, ended, end } = awaitAnswers(worker)
  const loaded = await wait(deadlineMs)
  if ('diagnostics' in loaded) {
    const fault = new RegoError(loaded.diagnostics)
    await end(fault)
    throw fault
  }
  return {
    ask (call, callDeadlineMs) {
      if (!ended()) worker.postMessage(call)
      return wait(callDeadlineMs)
    },
    ended,
    end
  }
}

interface Answers {
  wait (deadlineMs: number): Promise<WorkerAnswer>
  ended (): boolean
  end (reason: RegoError): Promise<void>
}

interface Waiting {
  resolve (answer: WorkerAnswer): void
  reject (reason: RegoError): void
}

function awaitAnswers (worker: Worker): Answers {
  let waiting: Waiting | null = null
  let over: RegoError | null = null
  function fail (reason: RegoError): void {
    over ??= reason
    waiting?.reject(over)
  }
  async function end (reason: RegoError): Promise<void> {
    fail(reason)
    await worker.terminate()
  }
  worker.on('message', (answer: WorkerAnswer) => waiting?.resolve(answer))
  worker.on('error', cause => fail(RegoError.of('rego_crash', `the compiler failed: ${String(cause)}`, { cause })))
  worker.on('exit', () => fail(RegoError.of('rego_crash', 'the compiler ended')))
  return {
    async wait (deadlineMs) {
      if (over !== null) throw over
      const timer = setTimeout(() => { end(deadlineError(deadlineMs)).catch(() => {}) }, deadlineMs)
      const answered = new Promise<WorkerAnswer>((resolve, reject) => { waiting = { resolve, reject } })
      return await answered.finally(() => clearTimeout(timer))
    },
    ended: () => over !== null,
    end
  }
}

function deadlineError (deadlineMs: number): RegoError {
  return RegoError.of('rego_timeout', `not done within ${deadlineMs} ms`)
}
