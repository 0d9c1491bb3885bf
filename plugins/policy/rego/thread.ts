/** One worker as the gateway's thread sees it: what it was asked, how long it has been at it, and when it must end. */
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import type { Job } from './job.ts'
import { cells, sharedBytes, type Question, type Reply, type WorkerParts } from './wire.ts'

export interface PolicyWorker {
  /** Questions that it was given and has not answered. */
  load (): number
  give (job: Job): void
  end (): Promise<void>
}

export interface WorkerWatch {
  /** Milliseconds that one evaluation may run. */
  readonly deadlineMs: number
  /** Something was answered: there is room for more. */
  answered (): void
  /** The worker is gone; `left` are the questions that it had not begun. */
  ended (worker: PolicyWorker, left: readonly Job[]): void
}

/** How long a worker may take to load its policy. */
const startMs = 30_000

/** Resolves when the worker has loaded the policy. Throws GatewayError `GW_POLICY_UNAVAILABLE` where it cannot. */
export async function startWorker (parts: Omit<WorkerParts, 'shared'>, watch: WorkerWatch): Promise<PolicyWorker> {
  const shared = new SharedArrayBuffer(sharedBytes)
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { ...parts, shared } satisfies WorkerParts,
    env: {},
    execArgv: [], // options of the gateway's process are not for policies
    resourceLimits: { maxOldGenerationSizeMb: parts.evaluator === null ? 64 : 256 } // beside the policy's own memory, which the engine bounds
  })
  await untilReady(worker)
  return attend(worker, new BigInt64Array(shared), watch)
}

function untilReady (worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => {
      clearTimeout(timer)
      worker.terminate().catch(() => {})
      reject(new GatewayError('GW_POLICY_UNAVAILABLE', { cause }))
    }
    const timer = setTimeout(fail, startMs)
    worker.once('error', fail)
    worker.once('exit', fail)
    worker.once('message', () => {
      clearTimeout(timer)
      worker.off('error', fail).off('exit', fail)
      resolve()
    })
  })
}

function attend (worker: Worker, status: BigInt64Array, { deadlineMs, answered, ended }: WorkerWatch): PolicyWorker {
  const jobs = new Map<number, Job>()
  const posted: Question[] = []
  let last = 0
  let alarm: NodeJS.Timeout | null = null
  let isEnded = false

  /** Looks again after the replies that have arrived are read: a busy gateway is not a slow policy. */
  const rouse = (afterMs: number): void => { alarm ??= setTimeout(() => { setImmediate(inspect) }, afterMs) }
  function inspect (): void {
    alarm = null
    if (isEnded || jobs.size === 0) return
    const runs = Number(Atomics.load(status, cells.current))
    const leftMs = jobs.has(runs) ? deadlineMs - Number(process.hrtime.bigint() - Atomics.load(status, cells.since)) / 1e6 : deadlineMs
    if (leftMs > 0) rouse(leftMs)
    else stop('GW_POLICY_TIMEOUT')
  }
  /** The question under way is the one at fault: it alone fails. */
  function stop (code: 'GW_POLICY_TIMEOUT' | 'GW_POLICY_UNAVAILABLE', cause?: unknown): void {
    if (isEnded) return
    isEnded = true
    if (alarm !== null) clearTimeout(alarm)
    const runs = Number(Atomics.load(status, cells.current))
    const culprit = jobs.get(runs)
    jobs.delete(runs)
    culprit?.reject(new GatewayError(code, { cause }))
    worker.terminate().catch(() => {})
    ended(self, [...jobs.values()])
  }
  /** Waking a thread costs more than a small evaluation: what was asked in one turn of the event loop goes out at once. */
  function post (): void {
    if (!isEnded) worker.postMessage(posted.splice(0))
  }
  function take ([number, kind, text]: Reply): void {
    const job = jobs.get(number)
    jobs.delete(number)
    if (kind === 'result') job?.resolve(text)
    else job?.reject(new GatewayError(codes[kind], { cause: new Error(text) }))
  }
  worker.on('message', (replies: readonly Reply[]) => {
    for (const reply of replies) take(reply)
    answered()
  })
  worker.on('error', cause => { stop('GW_POLICY_UNAVAILABLE', cause) })
  worker.on('exit', () => { stop('GW_POLICY_UNAVAILABLE') })

  const self: PolicyWorker = {
    load: () => jobs.size,
    give: job => {
      jobs.set(++last, job)
      if (posted.push([last, job.tenant, job.entrypoint, job.inputText]) === 1) setImmediate(post)
      rouse(deadlineMs)
    },
    end: async () => {
      stop('GW_POLICY_UNAVAILABLE')
      await worker.terminate()
    }
  }
  return self
}

const codes = { undefined: 'GW_POLICY_UNDEFINED', conflict: 'GW_POLICY_CONFLICT', error: 'GW_POLICY_ERROR' } as const
