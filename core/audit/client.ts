/**
 * The gateway's end of the audit log: starts the writer, sends it records, and hands out receipts. Where the writer is gone
 * decisions fail at once and a new writer is started; outcomes wait for it, as long as their deadline allows.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { GatewayError, type GatewayErrorCode } from '../errors.ts'
import { sizeBytes } from '../config/quantities.ts'
import { canonicalize } from './canonical.ts'
import { mintReceipt, type Receipt } from './receipt.ts'
import { maxBodyBytes } from './log.ts'
import type { OutcomeBody, RecordBody } from './record.ts'
import { decodeAnswer, encodeOrder, Lines, type Answer, type AppendKind } from './wire.ts'

export interface AuditLogOptions {
  /** The log's folder: only the writer opens what is in it. */
  readonly folder: string
  readonly log: Logger
  readonly allowUnsafeFilesystem: boolean
  /** Free space below which no decision is recorded, as the configuration writes it. Default: 1GiB. */
  readonly freeSpace?: string
}

export interface AuditLog {
  /** Origin of the log: `log` of every record. */
  readonly origin: string
  /** True where the folder's filesystem keeps no promise of durability. */
  readonly unsafeFilesystem: boolean
  /** Resolves when the record is durable and signed. Throws GW_AUDIT_DEADLINE | PUSHBACK | UNAVAILABLE | OVERSIZE. */
  append (body: RecordBody, options: { readonly deadlineMs: number }): Promise<Receipt>
  /** Counts a stranger's refusal that is not recorded by itself. */
  refuse (code: GatewayErrorCode): void
  /** False while decisions cannot be recorded. */
  ready (): boolean
  close (): Promise<void>
}

const maxWaiting = 8192
const startMs = 30_000
const longestPauseMs = 5000

interface Waiting {
  readonly number: number
  readonly kind: AppendKind
  readonly subject: string
  readonly body: string
  readonly timer: NodeJS.Timeout
  resolve (receipt: Receipt): void
  reject (error: GatewayError): void
}

export async function startAuditLog (options: AuditLogOptions): Promise<AuditLog> {
  const client = new AuditClient(options)
  await client.start()
  return client
}

class AuditClient implements AuditLog {
  origin = ''
  unsafeFilesystem = false
  readonly #options: AuditLogOptions
  readonly #boot = randomUUID()
  readonly #waiting = new Map<number, Waiting>()
  /** Decisions whose deadline passed before their receipt came, by number. */
  readonly #late = new Map<number, string>()
  /** Permits that this gateway holds and that have no outcome yet. */
  readonly #open = new Set<string>()
  #child: ChildProcess | null = null
  #socket: Duplex | null = null
  #number = 0
  #accepting = false
  #closing = false
  #pauseMs = 100

  constructor (options: AuditLogOptions) {
    this.#options = options
  }

  async start (): Promise<void> {
    await this.#connect()
  }

  ready (): boolean {
    return this.#socket !== null && this.#accepting
  }

  async append (body: RecordBody, { deadlineMs }: { readonly deadlineMs: number }): Promise<Receipt> {
    const kind = kindOf(body)
    const text = canonicalize(body)
    if (Buffer.byteLength(text) > maxBodyBytes) throw new GatewayError('GW_AUDIT_OVERSIZE')
    if (this.#waiting.size >= maxWaiting) throw new GatewayError('GW_AUDIT_PUSHBACK')
    if (this.#socket === null && kind !== 'outcome') throw new GatewayError('GW_AUDIT_UNAVAILABLE')
    return await new Promise((resolve, reject) => {
      const number = ++this.#number
      const timer = setTimeout(() => { this.#expire(number) }, deadlineMs)
      const waiting: Waiting = { number, kind, subject: subjectOf(body), body: text, timer, resolve, reject }
      this.#waiting.set(number, waiting)
      this.#send(waiting)
    })
  }

  refuse (code: GatewayErrorCode): void {
    this.#socket?.write(encodeOrder({ word: 'refuse', code }))
  }

  async close (): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    this.#socket?.write(encodeOrder({ word: 'close' }))
    this.#socket?.end()
    await gone
  }

  #send ({ number, kind, subject, body }: Waiting): void {
    this.#socket?.write(encodeOrder({ word: 'append', number, kind, subject, body }))
  }

  /** The record may still become durable: a permit that does then gets the outcome that says it was never used. */
  #expire (number: number): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    if (waiting.kind === 'permit') this.#late.set(number, waiting.subject)
    waiting.reject(new GatewayError('GW_AUDIT_DEADLINE'))
  }

  async #connect (): Promise<void> {
    const { folder, allowUnsafeFilesystem, freeSpace } = this.#options
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const program = fileURLToPath(new URL('writer.js', import.meta.url))
    const words = [program, folder, allowUnsafeFilesystem ? 'unsafe' : 'safe', String(sizeBytes(freeSpace ?? '1GiB'))]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true, env: {} })
    const socket = child.stdio[3] as Duplex
    this.#child = child
    const complaint = gather(child)
    const lines = new Lines()
    socket.on('error', () => {}) // told by the end of the process
    await new Promise<void>((resolve, reject) => {
      const slow = setTimeout(() => { child.kill('SIGKILL') }, startMs)
      socket.on('data', (chunk: Buffer) => {
        for (const line of lines.take(chunk)) {
          const answer = decodeAnswer(line)
          if (answer.word === 'ready') {
            clearTimeout(slow)
            this.#begin(socket, answer)
            resolve()
          } else this.#take(answer)
        }
      })
      child.once('exit', code => {
        clearTimeout(slow)
        this.#lose(socket, code, complaint())
        reject(new Error(complaint() === '' ? 'the audit writer could not start' : complaint()))
      })
      socket.write(encodeOrder({ word: 'hello', boot: this.#boot, claims: [...this.#open], resent: this.#outcomes().map(({ subject }) => subject) }))
    })
  }

  #outcomes (): Waiting[] {
    return [...this.#waiting.values()].filter(({ kind }) => kind === 'outcome')
  }

  #begin (socket: Duplex, { origin, synchronous }: Extract<Answer, { word: 'ready' }>): void {
    this.origin = origin
    this.unsafeFilesystem = !synchronous
    this.#socket = socket
    this.#accepting = true
    this.#pauseMs = 100
    for (const waiting of this.#outcomes()) this.#send(waiting)
  }

  #take (answer: Answer): void {
    if (answer.word === 'state') this.#accepting = answer.accepting
    else if (answer.word === 'failed') for (const number of answer.numbers) this.#fail(number, answer.code as GatewayErrorCode)
    else if (answer.word === 'batch') for (const [number, index, leafHash] of answer.receipts) this.#settle(number, { index, leafHash, size: answer.size, checkpoint: answer.checkpoint })
  }

  #settle (number: number, proof: { readonly index: number, readonly leafHash: string, readonly size: number, readonly checkpoint: string }): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return this.#disown(number, proof)
    this.#forget(waiting)
    if (waiting.kind === 'permit') this.#open.add(waiting.subject)
    if (waiting.kind === 'outcome') this.#open.delete(waiting.subject)
    waiting.resolve(mintReceipt({ decisionId: waiting.subject, ...proof }))
  }

  /** Durable after its deadline: the request was refused, nothing was dialled. */
  #disown (number: number, { index, leafHash }: { readonly index: number, readonly leafHash: string }): void {
    const id = this.#late.get(number)
    if (id === undefined) return
    this.#late.delete(number)
    this.append(neverUsed(id, index, leafHash), { deadlineMs: 10_000 }).catch((error: unknown) => {
      this.#options.log.error({ error }, 'a late decision could not be closed')
    })
  }

  #fail (number: number, code: GatewayErrorCode): void {
    this.#late.delete(number)
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#forget(waiting)
    waiting.reject(new GatewayError(code))
  }

  #forget ({ number, timer }: Waiting): void {
    clearTimeout(timer)
    this.#waiting.delete(number)
  }

  /** The writer is gone. What it had not answered may or may not be durable: decisions are refused, outcomes sent again. */
  #lose (socket: Duplex, code: number | null, complaint: string): void {
    const served = this.#socket === socket
    this.#socket = null
    this.#accepting = false
    this.#late.clear()
    for (const waiting of [...this.#waiting.values()]) if (waiting.kind !== 'outcome') this.#fail(waiting.number, 'GW_AUDIT_UNAVAILABLE')
    if (this.#closing || !served) return
    this.#options.log.error({ code, complaint }, 'the audit writer ended')
    this.#startAgain()
  }

  #startAgain (): void {
    setTimeout(() => {
      if (this.#closing) return
      this.#connect().catch((error: unknown) => {
        this.#options.log.error({ error, complaint: error instanceof Error ? error.message : '' }, 'the audit writer could not be started again')
        this.#startAgain()
      })
    }, this.#pauseMs).unref()
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }
}

function kindOf (body: RecordBody): AppendKind {
  if (body.kind !== 'decision') return body.kind
  return body.decision === 'deny' ? 'deny' : 'permit'
}

function subjectOf (body: RecordBody): string {
  if (body.kind === 'decision') return body.id
  return body.kind === 'outcome' ? body.decision_id : '-'
}

function neverUsed (id: string, index: number, leafHash: string): OutcomeBody {
  return { kind: 'outcome', decision_id: id, decision_index: index, decision_hash: leafHash, endpoint: null, attempts: [], status: null, usage: null, response: null, skipped: [], end: 'not_dialled' }
}

/** What the writer complains of, for the operational log: codes and places, never content. */
function gather (child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => { text = (text + chunk.toString()).slice(-2000) })
  return () => text.trim()
}
