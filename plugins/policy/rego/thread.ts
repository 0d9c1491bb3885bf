/** One worker as the gateway's thread sees it: what it was asked, how long it has been at it, and when it must end. */
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import { entrypoints } from '../../../rego/library.ts'
import type { Job } from './job.ts'
import { firstNumber, makeShared, nextNumber, places, Wire, type Reply, type WorkerParts } from './wire.ts'

export interface PolicyWorker {
  /** Questions that it was given and has not answered. */
  load (): number
  /** True where its evaluation takes so long that others should not wait behind it. */
  lags (): boolean
  give (job: Job): void
  /** Takes what was answered, and ends a worker whose evaluation has run too long. Answers in how many milliseconds to look again; null while it has nothing to do. */
  inspect (): number | null
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

/** Nanoseconds: many times what an evaluation takes. */
const laggingNs = 2_000_000n

/** How long a worker may take to load its policy. */
const startMs = 30_000

const entrypointNames: readonly string[] = Object.values(entrypoints)

/** Resolves when the worker has loaded the policy. Throws GatewayError `GW_POLICY_UNAVAILABLE` where it cannot. */
export async function startWorker (parts: Omit<WorkerParts, 'shared'>, watch: WorkerWatch): Promise<PolicyWorker> {
  const shared = makeShared()
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { ...parts, shared } satisfies WorkerParts,
    env: {},
    execArgv: [], // options of the gateway's process are not for policies
    resourceLimits: { maxOldGenerationSizeMb: parts.evaluator === null ? 64 : 256 } // beside the policy's own memory, which the engine bounds
  })
  await untilReady(worker)
  return new AttendedWorker(worker, new Wire(shared), [null, ...parts.tenants.keys()], watch)
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

class AttendedWorker implements PolicyWorker {
  readonly #worker: Worker
  readonly #wire: Wire
  readonly #tenants: ReadonlyArray<string | null>
  readonly #watch: WorkerWatch
  /** By the places of their numbers. */
  readonly #jobs = new Array<Job | undefined>(places)
  #load = 0
  #next = firstNumber
  #oldest = firstNumber
  #isEnded = false

  constructor (worker: Worker, wire: Wire, tenants: ReadonlyArray<string | null>, watch: WorkerWatch) {
    this.#worker = worker
    this.#wire = wire
    this.#tenants = tenants
    this.#watch = watch
    wire.arm()
    worker.on('message', () => {
      wire.arm()
      this.#take()
      watch.answered()
    })
    worker.on('error', cause => { this.#stop('GW_POLICY_UNAVAILABLE', cause) })
    worker.on('exit', () => { this.#stop('GW_POLICY_UNAVAILABLE') })
  }

  load (): number {
    return this.#load
  }

  lags (): boolean {
    const since = this.#wire.since()
    return since !== 0n && process.hrtime.bigint() - since > laggingNs
  }

  give (job: Job): void {
    const tenant = job.tenant === null ? 0 : Math.max(0, this.#tenants.indexOf(job.tenant))
    const fits = this.#wire.fits(job.inputText)
    if (!fits) this.#worker.postMessage(job.inputText)
    this.#jobs[this.#next & (places - 1)] = job
    this.#load++
    this.#wire.ask(this.#next, { tenant, entrypoint: entrypointNames.indexOf(job.entrypoint), text: fits ? job.inputText : null })
    this.#next = nextNumber(this.#next)
  }

  /** A busy gateway is not a slow policy: answers that wait to be read are read first. */
  inspect (): number | null {
    this.#take()
    if (this.#load === 0 || this.#isEnded) return null
    const since = this.#wire.since()
    const { deadlineMs } = this.#watch
    const leftMs = since === 0n ? deadlineMs : deadlineMs - Number(process.hrtime.bigint() - since) / 1e6
    if (leftMs > 0) return leftMs
    this.#stop('GW_POLICY_TIMEOUT')
    return null
  }

  async end (): Promise<void> {
    this.#stop('GW_POLICY_UNAVAILABLE')
    await this.#worker.terminate()
  }

  #take (): void {
    const answered = this.#wire.answered()
    while (this.#oldest !== answered) {
      const reply = this.#wire.reply(this.#oldest)
      settle(this.#takeOldest(), reply)
    }
  }

  #takeOldest (): Job | undefined {
    const place = this.#oldest & (places - 1)
    const job = this.#jobs[place]
    this.#jobs[place] = undefined
    this.#oldest = nextNumber(this.#oldest)
    this.#load--
    return job
  }

  /** The question under way is the one at fault: it alone fails. */
  #stop (code: 'GW_POLICY_TIMEOUT' | 'GW_POLICY_UNAVAILABLE', cause?: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#take()
    if (this.#wire.since() !== 0n) this.#takeOldest()?.asker.fail(new GatewayError(code, { cause }))
    this.#worker.terminate().catch(() => {})
    const left: Job[] = []
    while (this.#load > 0) left.push(...[this.#takeOldest()].filter(job => job !== undefined))
    this.#watch.ended(this, left)
  }
}

const codes = { undefined: 'GW_POLICY_UNDEFINED', conflict: 'GW_POLICY_CONFLICT', error: 'GW_POLICY_ERROR' } as const

function settle (job: Job | undefined, { kind, text }: Reply): void {
  if (kind === 'result') job?.asker.answer(text)
  else job?.asker.fail(new GatewayError(codes[kind], { cause: new Error(text) }))
}
