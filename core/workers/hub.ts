/**
 * The one audit writer of a machine, shared by its workers: to each worker the hub is its writer, and to the writer all workers are one gateway. What
 * a worker had permitted when it ended gets its outcome here.
 */
import type { Duplex } from 'node:stream'
import type { AuditLog } from '../audit/client.ts'
import { speakOver } from '../audit/line.ts'
import type { RecordBody } from '../audit/record.ts'
import type { Space } from '../audit/space.ts'
import type { FromWriter, ToWriter } from '../audit/wire.ts'
import { toGatewayError, type GatewayErrorCode } from '../errors.ts'
import { Names } from '../transient.ts'

/** The worker's own deadline is shorter: what is late there is settled there. */
const appendDeadlineMs = 10_000

/** Serves one worker until its socket closes. */
export function serveAudit (socket: Duplex, audit: AuditLog): void {
  const put = speakOver(socket, (tag, payload) => {
    const message: unknown = JSON.parse(payload.toString('utf8'))
    if (tag === 0) desk.control(message as ToWriter)
    else desk.append(tag, message as RecordBody)
  })
  const desk = new WorkerDesk(audit, message => { put(0, JSON.stringify(message)) }, () => { socket.end() })
  socket.on('close', () => { desk.close() })
}

class WorkerDesk {
  readonly #audit: AuditLog
  readonly #send: (message: FromWriter) => void
  readonly #hangUp: () => void
  /** Permits on record without an outcome. */
  readonly #open = new Names<true>()
  #isClosed = false
  #space: Space = 'ample'

  constructor (audit: AuditLog, send: (message: FromWriter) => void, hangUp: () => void) {
    this.#audit = audit
    this.#send = send
    this.#hangUp = hangUp
  }

  control (message: ToWriter): void {
    if (message.type === 'hello') this.#send({ type: 'ready', origin: this.#audit.origin, synchronous: !this.#audit.unsafeFilesystem, open: [] })
    if (message.type === 'refuse') for (const [code, count] of Object.entries(message.counts)) this.#audit.refuse(code as GatewayErrorCode, count)
    if (message.type === 'close') this.#hangUp()
  }

  append (tag: number, body: RecordBody): void {
    this.#tellSpace()
    this.#audit.append(body, { deadlineMs: appendDeadlineMs }).then(({ index, leafHash, size, checkpoint }) => {
      this.#note(body)
      this.#send({ type: 'receipts', size, note: checkpoint, entries: [[tag, index, leafHash]] })
    }, (thrown: unknown) => {
      const { code } = toGatewayError(thrown, 'GW_AUDIT_UNAVAILABLE')
      this.#send({ type: 'refused', tag, code, why: code })
    })
  }

  close (): void {
    this.#isClosed = true
    this.#audit.abandon(this.#open.keys())
  }

  /** The worker hears of it with the next record it asks for. */
  #tellSpace (): void {
    const space = this.#audit.space()
    if (space === this.#space) return
    this.#space = space
    this.#send({ type: 'space', space })
  }

  #note (body: RecordBody): void {
    if (body.kind === 'outcome') this.#open.delete(body.decision_id)
    if (body.kind !== 'decision' || body.decision === 'deny') return
    if (this.#isClosed) this.#audit.abandon([body.id]) // its worker ended while it was written
    else this.#open.set(body.id, true)
  }
}
