/**
 * The gateway's side of the audit log: starts the writer process, sends it bodies, mints receipts from its answers, and starts a
 * new writer when one ends. A record without an answer in time is refused, never assumed.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { GatewayError, type GatewayErrorCode } from '../errors.ts'
import { canonicalize } from './canonical.ts'
import { OwedOutcomes } from './owed.ts'
import { PendingAppends } from './pending.ts'
import { mintReceipt, type Receipt } from './receipt.ts'
import { maxRecordBytes, type RecordBody } from './record.ts'
import { defaultSettings, type LogSettings } from './settings.ts'
import type { Space } from './space.ts'
import { spawnWriter, type Writer, type WriterEvents } from './spawn.ts'
import { findUser, handOver, type User } from './user.ts'
import type { FromWriter, Hello } from './wire.ts'

export interface AuditLogOptions extends Partial<LogSettings> {
  /** Absolute path of the audit folder; made if missing. */
  readonly folder: string
  readonly log: Logger
  /** Opens the way to the writer. Default: a process of its own; a worker of several asks the one of its machine. */
  readonly open?: (events: WriterEvents) => Writer
}

export interface AppendOptions {
  /** Milliseconds until the append is refused. */
  readonly deadlineMs: number
}

export interface AuditLog {
  readonly origin: string
  /** True where the folder's filesystem keeps no promise of durability. */
  readonly unsafeFilesystem: boolean
  /** Resolves when the record is durable and signed. Rejects with `GW_AUDIT_DEADLINE | PUSHBACK | UNAVAILABLE | OVERSIZE`. */
  append (body: RecordBody, options: AppendOptions): Promise<Receipt>
  /** Counts refusals that get no record of their own. */
  refuse (code: GatewayErrorCode, count?: number): void
  /** Records that nothing is known of how these decisions ended: whoever made them is gone. */
  abandon (decisionIds: readonly string[]): void
  /** True while decisions can be recorded, and there is room for more. */
  ready (): boolean
  /** False while too few witnesses cosign the log's head. */
  witnessed (): boolean
  /** How much room there is: where it is low, strangers get no records of their own. */
  space (): Space
  /** Closes the log in order. Appends that still wait are recorded first. */
  close (): Promise<void>
}

/** Appends that may wait for the writer at once. */
const maxPending = 8192
const outcomeDeadlineMs = 10_000
const firstBackoffMs = 50
const longestBackoffMs = 5000

/** Starts the writer and waits until it has recovered the log. Throws where the log cannot be opened, with the reason. */
export async function startAuditLog (options: AuditLogOptions): Promise<AuditLog> {
  const client = new Client(options)
  await client.start()
  return client
}

class Client implements AuditLog {
  readonly #options: AuditLogOptions
  readonly #boot = randomUUID()
  readonly #pending = new PendingAppends()
  readonly #owed = new OwedOutcomes()
  readonly #refusals = new Map<string, number>()
  #writer: Writer | null = null
  #isReady = false
  #space: Space = 'ample'
  #witnessed = true
  /** That the writer runs as; null for ours. */
  #user: User | null = null
  #lastNote: string | null = null
  #closing = false
  #backoffMs = firstBackoffMs
  #retry: NodeJS.Timeout | null = null
  #origin = ''
  #unsafe = false

  constructor (options: AuditLogOptions) {
    this.#options = options
  }

  get origin (): string { return this.#origin }

  get unsafeFilesystem (): boolean { return this.#unsafe }

  ready (): boolean { return this.#isReady && this.#space === 'ample' && !this.#closing && (this.#witnessed || this.#options.commit !== 'witnessed') }

  space (): Space { return this.#space }

  witnessed (): boolean { return this.#witnessed }

  async start (): Promise<void> {
    const { user, folder, open } = this.#options
    if (typeof user === 'string' && open === undefined) {
      this.#user = findUser(user)
      handOver(folder, this.#user)
    }
    await new Promise<void>((resolve, reject) => {
      this.#launch(resolve, message => {
        this.#closing ||= !this.#isReady && this.#origin === '' // a log that never opened is not tried again
        reject(new Error(`the audit log cannot be opened: ${message}`))
      })
    })
  }

  append (body: RecordBody, { deadlineMs }: AppendOptions): Promise<Receipt> {
    return this.#pending.wait(body, deadlineMs, tag => {
      const text = this.#encode(body)
      this.#writer?.send(tag, text)
    })
  }

  abandon (decisionIds: readonly string[]): void {
    for (const id of decisionIds) this.#owed.owe(id, 'crash_unknown')
    this.#payOwed()
  }

  refuse (code: GatewayErrorCode, count = 1): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + count)
    if (this.#refusals.size === 1) setImmediate(() => { this.#sendRefusals() })
  }

  async close (): Promise<void> {
    this.#closing = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#sendRefusals()
    this.#writer?.control({ type: 'close' })
    await this.#writer?.exited
  }

  /** The text to send. Throws for what cannot be recorded, or not now. */
  #encode (body: RecordBody): string {
    const code = this.#obstacle()
    if (code !== null) {
      this.#owed.lost(body)
      throw new GatewayError(code)
    }
    const text = canonicalText(body)
    if (Buffer.byteLength(text) <= maxRecordBytes) return text
    this.#owed.shorten(body)
    throw new GatewayError('GW_AUDIT_OVERSIZE')
  }

  #obstacle (): GatewayErrorCode | null {
    if (!this.#isReady || this.#closing) return 'GW_AUDIT_UNAVAILABLE'
    return this.#pending.size < maxPending ? null : 'GW_AUDIT_PUSHBACK'
  }

  #launch (opened: () => void, failed: (message: string) => void): void {
    const events: WriterEvents = {
      message: message => { this.#receive(message, opened, failed) },
      complaint: text => { this.#options.log.warn({ text }, 'the audit writer complains') }
    }
    const writer = this.#options.open?.(events) ?? spawnWriter(events, this.#user)
    this.#writer = writer
    writer.control(this.#hello())
    writer.exited.then(({ code, signal }) => {
      failed(`the writer ended (${signal ?? String(code)})`)
      this.#lost()
    }, () => {})
  }

  #hello (): Hello {
    const { folder, log: _log, open: _open, ...settings } = this.#options
    return { type: 'hello', folder, boot: this.#boot, claims: this.#owed.claims, lastNote: this.#lastNote, settings: { ...defaultSettings, ...settings } }
  }

  #receive (message: FromWriter, opened: () => void, failed: (message: string) => void): void {
    switch (message.type) {
      case 'ready': this.#welcome(message, opened); break
      case 'failed':
        this.#options.log.error({ reason: message.message }, 'the audit log cannot be written')
        failed(message.message)
        this.#isReady = false
        this.#writer?.end()
        break
      case 'receipts': this.#settle(message); break
      case 'refused': this.#refuseOne(message); break
      case 'space': this.#noteSpace(message.space); break
      case 'witnesses': this.#noteWitnesses(message.fault); break
      case 'closed': break
    }
  }

  #noteSpace (space: Space): void {
    this.#space = space
    this.#options.log[space === 'ample' ? 'info' : 'error']({ space }, 'room for the audit log')
  }

  #noteWitnesses (fault: string | null): void {
    this.#witnessed = fault === null
    this.#options.log[fault === null ? 'info' : 'error']({ reason: fault }, 'witnesses of the audit log')
  }

  #welcome (message: Extract<FromWriter, { type: 'ready' }>, opened: () => void): void {
    this.#origin = message.origin
    this.#unsafe = !message.synchronous
    this.#isReady = true
    this.#backoffMs = firstBackoffMs
    this.#owed.agree(message.open)
    this.#sendRefusals()
    opened()
    this.#payOwed()
  }

  #settle ({ entries, size, note }: Extract<FromWriter, { type: 'receipts' }>): void {
    this.#lastNote = note
    for (const [tag, index, leafHash] of entries) {
      const pending = this.#pending.take(tag)
      if (pending === null) continue
      const { body } = pending
      this.#owed.recorded(body, index, leafHash)
      if (!pending.late) pending.resolve(mintReceipt({ decisionId: decisionIdOf(body), index, leafHash, size, checkpoint: note }))
      else if (body.kind === 'decision') this.#owed.owe(body.id, 'not_dialled')
    }
    this.#payOwed()
  }

  #refuseOne ({ tag, code, why }: Extract<FromWriter, { type: 'refused' }>): void {
    const pending = this.#pending.take(tag)
    if (pending === null) return
    if (code === 'GW_AUDIT_OVERSIZE') this.#owed.shorten(pending.body)
    pending.reject(new GatewayError(code, { cause: new Error(why) }))
    this.#payOwed()
  }

  /** The writer is gone: what waited was not acknowledged. Decisions on record stay ours, and are claimed from the next one. */
  #lost (): void {
    this.#isReady = false
    this.#writer = null
    for (const pending of this.#pending.takeAll()) {
      this.#owed.lost(pending.body)
      pending.reject(new GatewayError('GW_AUDIT_UNAVAILABLE'))
    }
    if (this.#closing) return
    this.#options.log.error({ again_in_ms: this.#backoffMs }, 'the audit writer ended')
    this.#retry = setTimeout(() => { this.#launch(() => {}, () => {}) }, this.#backoffMs)
    this.#backoffMs = Math.min(longestBackoffMs, this.#backoffMs * 2)
  }

  /** A decision that became durable too late ends as `not_dialled`; an outcome that was lost is recorded now. */
  #payOwed (): void {
    if (this.#obstacle() !== null) return
    for (const body of this.#owed.take()) {
      this.append(body, { deadlineMs: outcomeDeadlineMs }).catch((error: unknown) => {
        this.#options.log.warn({ error, decision: body.decision_id }, 'an outcome is still owed')
      })
    }
  }

  #sendRefusals (): void {
    if (this.#refusals.size === 0 || !this.#isReady) return
    this.#writer?.control({ type: 'refuse', counts: Object.fromEntries(this.#refusals) })
    this.#refusals.clear()
  }
}

function decisionIdOf (body: RecordBody): string {
  if (body.kind === 'decision') return body.id
  return body.kind === 'outcome' ? body.decision_id : ''
}

function canonicalText (body: RecordBody): string {
  try {
    return canonicalize(body)
  } catch (cause) {
    throw new GatewayError('GW_AUDIT_UNAVAILABLE', { cause })
  }
}
