/**
 * The workers of one policy version. Only ending its thread stops an evaluation: a worker that runs past the deadline, or
 * dies, is replaced by one that was loaded before; the question it was at fails, those it had not begun go to the next.
 */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import type { Answered, Job, Question } from './job.ts'
import { startWorker, type PolicyWorker } from './thread.ts'
import { places, type WorkerParts } from './wire.ts'

/** A policy as its workers need it. */
export type PolicyParts = Omit<WorkerParts, 'shared'>

export interface PoolOptions {
  readonly workers: number
  /** Milliseconds that one evaluation may run. */
  readonly deadlineMs: number
  /** Keeps one more worker, which takes the place of one that ends. */
  readonly spare: boolean
}

export interface Pool {
  /** The result's JSON text. Rejects with GatewayError `GW_POLICY_*`, `GW_OVERLOADED`. */
  ask (question: Question): Promise<string>
  /** The same without a promise. */
  tell (question: Question, asker: Answered): void
  close (): Promise<void>
}

/** Questions that may wait until a worker has room. */
const maxWaiting = 4096
/** A question that has waited this long, in milliseconds, before its turn came is given up. */
const maxWaitMs = 1000
/** A worker that is awake and has no more than this to do is given the next question before another is woken. */
const fewJobs = 2

/** Throws GatewayError `GW_POLICY_UNAVAILABLE` where the policy cannot be loaded. */
export async function openPool (parts: PolicyParts, options: PoolOptions): Promise<Pool> {
  const pool = new Workers(parts, options)
  try {
    await pool.start()
    return pool
  } catch (thrown) {
    await pool.close()
    throw thrown
  }
}

class Workers implements Pool {
  readonly #parts: PolicyParts
  readonly #options: PoolOptions
  readonly #workers: PolicyWorker[] = []
  readonly #waiting: Job[] = []
  #spare: PolicyWorker | null = null
  #starting = 0
  #isClosed = false
  #alarm: NodeJS.Timeout | null = null

  constructor (parts: PolicyParts, options: PoolOptions) {
    this.#parts = parts
    this.#options = options
  }

  async start (): Promise<void> {
    await Promise.all(Array.from({ length: this.#wanted() }, async () => { await this.#add() }))
  }

  #wanted (): number {
    return this.#options.workers + (this.#options.spare ? 1 : 0)
  }

  ask (question: Question): Promise<string> {
    return new Promise((resolve, reject) => { this.tell(question, { answer: resolve, fail: reject }) })
  }

  tell ({ tenant, entrypoint, inputText }: Question, asker: Answered): void {
    if (this.#isClosed) return asker.fail(new GatewayError('GW_POLICY_UNAVAILABLE'))
    const job: Job = { tenant, entrypoint, inputText, askedMs: performance.now(), asker }
    const worker = this.#waiting.length === 0 ? this.#choose() : null
    if (worker !== null) worker.give(job)
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(job)
    else return asker.fail(new GatewayError('GW_OVERLOADED'))
    if (this.#workers.length + this.#starting === 0) this.#replace()
    this.#alarm ??= setTimeout(() => { this.#look() }, this.#options.deadlineMs)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    if (this.#alarm !== null) clearTimeout(this.#alarm)
    this.#refuse()
    await Promise.all([...this.#workers, ...this.#spare === null ? [] : [this.#spare]].map(async worker => { await worker.end() }))
  }

  async #add (): Promise<void> {
    this.#starting++
    try {
      const worker = await startWorker(this.#parts, {
        deadlineMs: this.#options.deadlineMs,
        answered: () => { this.#distribute() },
        ended: (gone, left) => { this.#retire(gone, left) }
      })
      if (this.#workers.length < this.#options.workers) this.#workers.push(worker)
      else this.#spare = worker
      if (this.#isClosed) await worker.end()
    } finally {
      this.#starting--
    }
    this.#distribute()
  }

  #replace (): void {
    this.#add().catch(() => { if (this.#workers.length + this.#starting === 0) this.#refuse() })
  }

  #retire (worker: PolicyWorker, left: readonly Job[]): void {
    if (this.#spare === worker) this.#spare = null
    const place = this.#workers.indexOf(worker)
    if (place >= 0) this.#workers.splice(place, 1)
    this.#waiting.unshift(...left)
    if (this.#isClosed) return this.#refuse()
    if (place >= 0 && this.#spare !== null) {
      this.#workers.push(this.#spare)
      this.#spare = null
    }
    this.#replace()
    this.#distribute()
  }

  /** Gives what waits to workers that have room. */
  #distribute (): void {
    while (this.#waiting.length > 0) {
      const worker = this.#choose()
      if (worker === null) return
      const job = this.#waiting.shift()
      if (job !== undefined) worker.give(job)
    }
  }

  /** One with little to do, else the one with least; none that lags: what it was not given can go to others. */
  #choose (): PolicyWorker | null {
    let best: PolicyWorker | null = null
    let least = places
    for (const worker of this.#workers) {
      const given = worker.load()
      const load = given > 0 && given < places && worker.lags() ? places : given
      if (load > 0 && load < fewJobs) return worker
      if (load >= least) continue
      best = worker
      least = load
    }
    return best
  }

  /** One timer for all: it ends what runs or waits too long, and sleeps where nothing is asked. */
  #look (): void {
    this.#alarm = null
    const { deadlineMs } = this.#options
    let nextMs: number | null = null
    for (const worker of [...this.#workers]) {
      const leftMs = worker.inspect()
      if (leftMs !== null) nextMs = Math.min(nextMs ?? deadlineMs, leftMs)
    }
    this.#expire()
    this.#distribute()
    if (this.#waiting.length > 0 || this.#workers.some(worker => worker.load() > 0)) nextMs ??= deadlineMs
    if (nextMs !== null && !this.#isClosed) this.#alarm ??= setTimeout(() => { this.#look() }, Math.max(1, nextMs))
  }

  #expire (): void {
    const before = performance.now() - maxWaitMs - this.#options.deadlineMs
    while ((this.#waiting[0]?.askedMs ?? Infinity) < before) this.#waiting.shift()?.asker.fail(new GatewayError('GW_POLICY_TIMEOUT'))
  }

  #refuse (): void {
    for (const job of this.#waiting.splice(0)) job.asker.fail(new GatewayError('GW_POLICY_UNAVAILABLE'))
  }
}
