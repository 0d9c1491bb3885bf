/** The workers: started one after another, replaced when one ends, told together. */
import cluster, { type ClusterSettings, type Worker } from 'node:cluster'
import { createServer, type AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { AuditLog } from '../audit/client.ts'
import { ConfigurationRefused } from '../config/refused.ts'
import { QuestionError, type QuestionParts } from '../endpoints/question.ts'
import type { Fault } from '../config/types.ts'
import type { Store } from '../store/contract.ts'
import { Counting } from './counting.ts'
import { serveAudit } from './hub.ts'
import { isToPrimary, type ToPrimary, type ToWorker, type WorkerReport } from './messages.ts'

export interface CrewOptions {
  readonly file: string
  /** Where callers are listened to. Port 0 takes a free one, the same for all. */
  readonly listen: { readonly host: string, readonly port: number }
  /** Digest of the configuration that serves now. */
  digest (): string
  readonly workers: number
  readonly unsafe: boolean
  readonly audit: AuditLog
  readonly store: Store
  readonly log: Logger
}

const workerFile = fileURLToPath(new URL(`worker${extname(import.meta.url)}`, import.meta.url))
const firstBackoffMs = 100
const longestBackoffMs = 10_000
/** What a worker is asked it answers within this time, or it counts as failed. */
const patienceMs = 60_000
const reportPatienceMs = 2000

export class Crew {
  readonly #options: CrewOptions
  readonly #serving = new Set<Worker>()
  #isClosing = false
  #backoffMs = firstBackoffMs
  #address = ''
  #port = ''

  constructor (options: CrewOptions) {
    this.#options = options
  }

  get address (): string { return this.#address }

  get size (): number { return this.#serving.size }

  /** Throws what the first worker that fails says: the others need not try. */
  async start (): Promise<void> {
    const { host, port } = this.#options.listen
    this.#port = port === 0 ? String(await freePort(host)) : ''
    for (let i = 0; i < this.#options.workers; i++) this.#address = await this.#fork()
  }

  /** All of them are ready to serve the new configuration, or none does. Throws ConfigurationRefused, or what a worker said. */
  async prepare (): Promise<void> {
    const workers = [...this.#serving]
    const answers = await Promise.all(workers.map(async worker => await this.#ask(worker, 'prepare', 'prepared')))
    const refused = answers.find(({ message }) => message !== null)
    if (refused === undefined) return
    this.discard()
    throw errorOf(refused)
  }

  apply (): void { this.#tell('apply') }

  discard (): void { this.#tell('discard') }

  /** By the worker's number; a worker that does not answer soon is not ready. */
  async reports (): Promise<Map<string, WorkerReport>> {
    const workers = [...this.#serving]
    return new Map(await Promise.all(workers.map(async worker => [String(worker.id), await this.#report(worker)] as const)))
  }

  /** Asks the first of them: each has learned for itself. Throws QuestionError. */
  async explain (parts: QuestionParts): Promise<unknown> {
    const [worker] = this.#serving
    if (worker === undefined) throw new QuestionError('no worker serves')
    const asked = answerOf(worker, ['explained'])
    worker.send({ to: 'worker', type: 'explain', parts } satisfies ToWorker)
    const { answer, error } = await asked as Extract<ToPrimary, { type: 'explained' }>
    if (error !== null) throw new QuestionError(error)
    return answer
  }

  /** Each refuses new requests, lets those under way end, and ends. */
  async close (): Promise<void> {
    this.#isClosing = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker?.isDead() === false)
    await Promise.all(workers.map(async worker => {
      const gone = new Promise(resolve => worker.once('exit', resolve))
      tellToClose(worker)
      await gone
    }))
  }

  /** Resolves with the address when the worker serves. */
  async #fork (): Promise<string> {
    const { file, workers, unsafe, audit, store, log } = this.#options
    cluster.setupPrimary({
      exec: workerFile,
      args: [file, this.#options.digest(), String(workers), this.#port, unsafe ? 'unsafe' : ''],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] as unknown as NonNullable<ClusterSettings['stdio']>
    })
    const worker = cluster.fork()
    const socket = worker.process.stdio[4]
    if (!(socket instanceof Duplex)) throw new Error('the worker has no socket for its records')
    serveAudit(socket, audit)
    const counting = new Counting(store, message => { if (worker.isConnected()) worker.send(message) })
    worker.on('message', (message: unknown) => {
      if (!isToPrimary(message)) return
      if (message.type === 'hint') this.#passOn(worker, message)
      else counting.receive(message)
    })
    worker.on('error', () => {}) // its end follows
    worker.once('exit', (code, signal) => {
      counting.release()
      if (this.#serving.delete(worker) && !this.#isClosing) this.#replace(log, signal ?? code)
    })
    const first = await answerOf(worker, ['serving', 'failed'])
    if (first.type !== 'serving') throw errorOf(first as Refusal)
    this.#serving.add(worker)
    if (this.#isClosing) tellToClose(worker) // it was told while it could not hear yet
    return first.address
  }

  #replace (log: Logger, why: string | number): void {
    if (this.#isClosing) return
    log.error({ worker: why, again_in_ms: this.#backoffMs }, 'a worker ended')
    setTimeout(() => {
      if (this.#isClosing) return
      this.#fork().then(() => { this.#backoffMs = firstBackoffMs }, (thrown: unknown) => { this.#replace(log, thrown instanceof Error ? thrown.message : 'failed') })
    }, this.#backoffMs).unref()
    this.#backoffMs = Math.min(longestBackoffMs, this.#backoffMs * 2)
  }

  #passOn (from: Worker, { endpoint, ms }: Extract<ToPrimary, { type: 'hint' }>): void {
    for (const worker of this.#serving) if (worker !== from && worker.isConnected()) worker.send({ to: 'worker', type: 'hint', endpoint, ms } satisfies ToWorker)
  }

  #tell (type: 'apply' | 'discard'): void {
    for (const worker of this.#serving) if (worker.isConnected()) worker.send({ to: 'worker', type } satisfies ToWorker)
  }

  async #report (worker: Worker): Promise<WorkerReport> {
    return await this.#ask(worker, 'report', 'report', reportPatienceMs).then(({ report }) => report, () => ({ endpoints: {}, unready: ['workers'] }))
  }

  async #ask<T extends ToPrimary['type']> (worker: Worker, type: 'prepare' | 'report', wanted: T, withinMs = patienceMs): Promise<Extract<ToPrimary, { type: T }>> {
    const answer = answerOf(worker, [wanted], withinMs)
    worker.send({ to: 'worker', type } satisfies ToWorker)
    return await answer as Extract<ToPrimary, { type: T }>
  }
}

function tellToClose (worker: Worker): void {
  if (worker.isConnected()) worker.send({ to: 'worker', type: 'close' } satisfies ToWorker)
}

async function freePort (host: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject).listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => { resolve(port) })
    })
  })
}

interface Refusal { readonly message: string | null, readonly faults: readonly Fault[] }

function errorOf ({ message, faults }: Refusal): Error {
  return faults.length > 0 ? new ConfigurationRefused(faults) : new Error(message ?? 'a worker failed')
}

/** The next message of one of these types. Rejects where the worker ends before, or takes too long. */
async function answerOf (worker: Worker, types: ReadonlyArray<ToPrimary['type']>, withinMs = patienceMs): Promise<ToPrimary> {
  return await new Promise((resolve, reject) => {
    const take = (message: unknown): void => { if (isToPrimary(message) && types.includes(message.type)) end(() => { resolve(message) }) }
    const gone = (): void => { end(() => { reject(new Error('a worker ended before it answered')) }) }
    const timer = setTimeout(() => { end(() => { reject(new Error('a worker did not answer in time')) }) }, withinMs)
    const end = (then: () => void): void => {
      clearTimeout(timer)
      worker.off('message', take).off('exit', gone)
      then()
    }
    worker.on('message', take).on('exit', gone)
  })
}
