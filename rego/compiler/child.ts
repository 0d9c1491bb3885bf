/** The compiler in a process of its own, one call at a time. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CompilerFiles } from './load.ts'
import { RegoError } from './types.ts'
import type { WorkerAnswer, WorkerCall } from './worker.ts'

export interface CompilerProcess {
  /** One call, only after the one before was answered. Rejects with `rego_timeout` or `rego_crash` when the process ends first. */
  ask (call: WorkerCall, deadlineMs: number): Promise<WorkerAnswer>
  ended (): boolean
  /** Ends the process; a call under way rejects with `reason`. */
  end (reason: RegoError): Promise<void>
}

/** Starts the process and waits until its compiler is loaded. It inherits neither environment nor options. */
export async function startProcess (files: CompilerFiles, deadlineMs: number): Promise<CompilerProcess> {
  const child = fork(fileURLToPath(new URL('./process.js', import.meta.url)), [JSON.stringify(files)], {
    env: {},
    execArgv: ['--liftoff-only'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  const { wait, ended, end } = awaitAnswers(child)
  const loaded = await wait(deadlineMs)
  if ('diagnostics' in loaded) {
    const fault = new RegoError(loaded.diagnostics)
    await end(fault)
    throw fault
  }
  return {
    ask (call, callDeadlineMs) {
      if (!ended()) child.send(call)
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

function awaitAnswers (child: ChildProcess): Answers {
  let waiting: Waiting | null = null
  let over: RegoError | null = null
  function fail (reason: RegoError): void {
    over ??= reason
    waiting?.reject(over)
  }
  const gone = new Promise<void>(resolve => { child.once('exit', () => { resolve() }) })
  async function end (reason: RegoError): Promise<void> {
    fail(reason)
    hold(child)
    child.kill('SIGKILL')
    await gone
  }
  child.on('message', answer => waiting?.resolve(answer as WorkerAnswer))
  child.on('error', cause => fail(RegoError.of('rego_crash', `the compiler could not be started: ${String(cause)}`, { cause })))
  child.on('exit', () => fail(RegoError.of('rego_crash', 'the compiler ended')))
  return {
    async wait (deadlineMs) {
      if (over !== null) throw over
      hold(child)
      const timer = setTimeout(() => { end(deadlineError(deadlineMs)).catch(() => {}) }, deadlineMs)
      const answered = new Promise<WorkerAnswer>((resolve, reject) => { waiting = { resolve, reject } })
      return await answered.finally(() => {
        clearTimeout(timer)
        letGo(child)
      })
    },
    ended: () => over !== null,
    end
  }
}

function hold (child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

/** A compiler that nobody asks does not keep a process alive. */
function letGo (child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

function deadlineError (deadlineMs: number): RegoError {
  return RegoError.of('rego_timeout', `not done within ${deadlineMs} ms`)
}
