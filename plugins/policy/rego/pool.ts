/**
 * The workers of one policy version. Only ending its thread stops an evaluation: a worker that runs past the deadline, or
 * dies, is replaced; the question it was at fails, those it had not begun go to the next.
 */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import { makeJob, type Job } from './job.ts'
import { startWorker, type PolicyWorker } from './thread.ts'
import type { WorkerParts } from './wire.ts'

/** A policy as its workers need it. */
export type PolicyParts = Omit<WorkerParts, 'shared'>

export interface PoolOptions {
  readonly workers: number
  /** Milliseconds that one evaluation may run. */
  readonly deadlineMs: number
}

export interface Pool {
  /** The result's JSON text. Throws GatewayError `GW_POLICY_*`, `GW_OVERLOADED`. */
  ask (tenant: string | null, entrypoint: string, inputText: string): Promise<string>
  close (): Promise<void>
}

/** Questions that may wait in all, and at one worker: enough to keep it busy, few enough to move when it fails. */
const maxWaiting = 4096
const maxAtWorker = 16
/** A question that has waited this long, in milliseconds, before its turn came is given up. */
const maxWaitMs = 1000

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
  readonly #workers = new Set<PolicyWorker>()
  readonly #waiting: Job[] = []
  #starting = 0
  #isClosed = false

  constructor (parts: PolicyParts, options: PoolOptions) {
    this.#parts = parts
    this.#options = options
  }

  async start (): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.workers }, async () => { await this.#add() }))
  }

  async ask (tenant: string | null, entrypoint: string, inputText: string): Promise<string> {
    if (this.#isClosed) throw new GatewayError('GW_POLICY_UNAVAILABLE')
    if (this.#waiting.length >= maxWaiting) throw new GatewayError('GW_OVERLOADED')
    const { job, answer } = makeJob({ tenant, entrypoint, inputText }, maxWaitMs + this.#options.deadlineMs)
    this.#waiting.push(job)
    this.#distribute()
    if (this.#workers.size + this.#starting === 0) this.#replace()
    return await answer
  }

  async close (): Promise<void> {
    this.#isClosed = true
    this.#refuse()
    await Promise.all([...this.#workers].map(async worker => { await worker.end() }))
  }

  async #add (): Promise<void> {
    this.#starting++
    try {
      const worker = await startWorker(this.#parts, {
        deadlineMs: this.#options.deadlineMs,
        answered: () => { this.#distribute() },
        ended: (gone, left) => { this.#retire(gone, left) }
      })
      this.#workers.add(worker)
      if (this.#isClosed) await worker.end()
    } finally {
      this.#starting--
    }
    this.#distribute()
  }

  #replace (): void {
    this.#add().catch(() => { if (this.#workers.size + this.#starting === 0) this.#refuse() })
  }

  #retire (worker: PolicyWorker, left: readonly Job[]): void {
    this.#workers.delete(worker)
    this.#waiting.unshift(...left)
    if (this.#isClosed) return this.#refuse()
    this.#replace()
    this.#distribute()
  }

  /** Gives what waits to the workers that have least to do. */
  #distribute (): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idlest()
      if (worker === null) return
      const job = this.#waiting.shift()
      if (job !== undefined && !job.isOver()) worker.give(job)
    }
  }

  #idlest (): PolicyWorker | null {
    let best: PolicyWorker | null = null
    for (const worker of this.#workers) if (worker.load() < (best?.load() ?? maxAtWorker)) best = worker
    return best
  }

  #refuse (): void {
    for (const job of this.#waiting.splice(0)) job.reject(new GatewayError('GW_POLICY_UNAVAILABLE'))
  }
}
