/** Reads long prompts beside the event loop, in a thread that starts with the first of them. */
import { Worker } from 'node:worker_threads'
import { GatewayError, type Finding, type Leaf } from '../../../../core/pipeline/plugin.ts'
import type { FindingConfig } from '../prepare.ts'

/** From so many UTF-16 units on a prompt is long: shorter ones take the event loop a few milliseconds, whatever stands in them. */
export const longPrompt = 24 * 1024

/** How long a prompt may take, and more for each UTF-16 unit of it: a megabyte takes some fifty milliseconds, at the worst a few hundred. */
const deadlineMs = 10_000
const unitMs = 0.001

/** What the thread is given at its start, asked, and answers. */
export interface ThreadData { readonly config: FindingConfig, readonly folder: string }
export interface Question { readonly id: number, readonly leaves: readonly Leaf[] }
export type Answer = { readonly id: number, readonly findings: readonly Finding[] } | { readonly id: number, readonly error: string }

interface Waiting { resolve (findings: readonly Finding[]): void, reject (thrown: unknown): void }

export class Aside {
  readonly #data: ThreadData
  #worker: Worker | null = null
  #waiting = new Map<number, Waiting>()
  #next = 0

  constructor (data: ThreadData) {
    this.#data = data
  }

  /** Rejects with GatewayError where the thread fails or takes too long: all who wait then fail with it, and the next one has a new one. */
  async scan (leaves: readonly Leaf[], signal: AbortSignal): Promise<readonly Finding[]> {
    signal.throwIfAborted()
    const worker = this.#worker ??= this.#start()
    const id = this.#next++
    const timer = setTimeout(() => { this.#fail(worker, new Error('a prompt took too long to read')) }, deadlineMs + unitsOf(leaves) * unitMs)
    try {
      return await new Promise<readonly Finding[]>((resolve, reject) => {
        signal.addEventListener('abort', () => { reject(new GatewayError('GW_CLASSIFY_FAILED', { cause: signal.reason })) }, { once: true })
        this.#waiting.set(id, { resolve, reject })
        worker.ref()
        worker.postMessage({ id, leaves } satisfies Question)
      })
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0 && this.#worker === worker) worker.unref()
    }
  }

  async close (): Promise<void> {
    const worker = this.#worker
    if (worker === null) return
    worker.ref() // its end is waited for
    this.#fail(worker, new Error('the gateway closes'))
    await worker.terminate()
  }

  #start (): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#data, env: {}, execArgv: [] })
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      if ('findings' in answer) waiting?.resolve(answer.findings)
      else waiting?.reject(new GatewayError('GW_CLASSIFY_FAILED', { cause: new Error(answer.error) }))
    })
    worker.on('error', thrown => { this.#fail(worker, thrown) })
    worker.on('exit', () => { this.#fail(worker, new Error('the thread ended')) })
    return worker
  }

  #fail (worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    worker.terminate().catch(() => {})
    for (const { reject } of this.#waiting.values()) reject(new GatewayError('GW_CLASSIFY_FAILED', { cause }))
    this.#waiting = new Map()
  }
}

/** True for a prompt to be read aside. */
export function isLong (leaves: readonly Leaf[]): boolean {
  return unitsOf(leaves) > longPrompt
}

function unitsOf (leaves: readonly Leaf[]): number {
  let units = 0
  for (const { text } of leaves) units += text.length
  return units
}
