/**
 * The writer: a process of its own that alone holds the log's key. It takes records from its gateway's socket, writes what
 * arrived while the last write was under way in one synchronous write, and only then hands out receipts.
 */
import { createServer, Socket, type Server } from 'node:net'
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalize } from './canonical.ts'
import { freeBytes, isDurable } from './filesystem.ts'
import { openLogKey } from './keys.ts'
import { bodyDigest, Log, remember, type OpenDecision, type Recovered } from './log.ts'
import type { OutcomeBody, RecordBody, SystemBody } from './record.ts'
import { decodeOrder, encodeAnswer, Lines, type Answer, type Order } from './wire.ts'

type Append = Extract<Order, { word: 'append' }>

const maxBatch = 512
const maxBatchBytes = 1024 * 1024

const [, , folder = '', unsafe = '', freeSpace = '0'] = process.argv

process.on('SIGTERM', () => {}) // it ends when its gateway does, not before the last outcome
process.on('SIGINT', () => {})

class Writer {
  readonly #socket: Socket
  readonly #log: Log
  readonly #recovered: Recovered
  readonly #minimumFree: number
  readonly #queue: Append[] = []
  readonly #refused = new Map<string, number>()
  #refusedSince = 0
  #boot = ''
  #scheduled = false
  #accepting = true
  #freeCheckedMs = 0
  #closing = false

  constructor (socket: Socket, log: Log, recovered: Recovered, minimumFree: number) {
    this.#socket = socket
    this.#log = log
    this.#recovered = recovered
    this.#minimumFree = minimumFree
  }

  take (order: Order, origin: string, synchronous: boolean): void {
    switch (order.word) {
      case 'hello': return this.#hello(order, origin, synchronous)
      case 'append':
        this.#queue.push(order)
        return this.#schedule()
      case 'refuse': return this.#refuse(order.code)
      case 'close': this.end()
    }
  }

  /** The first message: who the gateway is, and which decisions it still holds. All others that stand open are closed. */
  #hello ({ boot, claims, resent }: Extract<Order, { word: 'hello' }>, origin: string, synchronous: boolean): void {
    this.#boot = boot
    const { droppedBytes, open } = this.#recovered
    const records: RecordBody[] = this.#log.size > 0 && (droppedBytes > 0 || open.size > 0) ? [{ kind: 'system', event: 'recover', size: this.#log.size, dropped_bytes: droppedBytes, open: open.size }] : []
    records.push({ kind: 'system', event: 'start', boot, process: process.pid, synchronous })
    const held = new Set([...claims, ...resent])
    const gone = [...open].filter(([id, decision]) => decision.boot !== boot || !held.has(id))
    this.#writeOwn([...records, ...gone.map(([id, decision]) => crashUnknown(id, decision))])
    for (const [id] of gone) open.delete(id)
    this.#say({ word: 'ready', origin, synchronous })
  }

  #refuse (code: string): void {
    if (this.#refused.size === 0) {
      this.#refusedSince = nowUs()
      setTimeout(() => { this.#writeRefused() }, 1000).unref()
    }
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1)
  }

  #writeRefused (): void {
    if (this.#refused.size === 0) return
    const counts = Object.fromEntries(this.#refused)
    this.#refused.clear()
    this.#writeOwn([{ kind: 'system', event: 'refused', counts, since_us: this.#refusedSince }])
  }

  #schedule (): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  /** One batch: what may stand in the log, written whole, then answered. */
  #flush (): void {
    const batch = this.#takeBatch()
    const room = this.#hasRoom()
    const accepted: Append[] = []
    for (const order of batch) {
      const refusal = this.#refusalOf(order, room)
      if (refusal === null) accepted.push(this.#note(order))
      else if (refusal !== 'answered') this.#say({ word: 'failed', numbers: [order.number], code: refusal })
    }
    if (accepted.length > 0) this.#commit(accepted)
  }

  #takeBatch (): Append[] {
    let bytes = 0
    let count = 0
    for (const { body } of this.#queue) {
      if (count === maxBatch || (count > 0 && bytes + body.length > maxBatchBytes)) break
      bytes += body.length
      count++
    }
    return this.#queue.splice(0, count)
  }

  #hasRoom (): boolean {
    const nowMs = Date.now()
    if (nowMs - this.#freeCheckedMs < 1000) return this.#accepting
    this.#freeCheckedMs = nowMs
    const accepting = freeBytes(folder) >= this.#minimumFree
    if (accepting !== this.#accepting) this.#say({ word: 'state', accepting })
    this.#accepting = accepting
    return accepting
  }

  /** Why an order cannot be written; null where it can; `answered` where it stands in the log already. */
  #refusalOf ({ number, kind, subject, body }: Append, room: boolean): 'GW_AUDIT_UNAVAILABLE' | 'GW_INTERNAL' | 'answered' | null {
    const { open, closed } = this.#recovered
    if ((kind === 'permit' || kind === 'deny') && !room) return 'GW_AUDIT_UNAVAILABLE'
    if (kind === 'permit' && (open.has(subject) || closed.has(subject))) return 'GW_INTERNAL'
    if (kind !== 'outcome' || open.has(subject)) return null
    const before = closed.get(subject)
    if (before === undefined || before.digest !== bodyDigest(body)) return 'GW_INTERNAL' // a second outcome
    this.#say({ word: 'batch', size: this.#log.size, checkpoint: '', receipts: [[number, before.index, before.leafHash]] })
    return 'answered'
  }

  /** An outcome closes its decision at once, so that a second one in the same batch is refused. */
  #note (order: Append): Append {
    if (order.kind === 'outcome') this.#recovered.open.delete(order.subject)
    if (order.kind === 'permit') this.#recovered.open.set(order.subject, { index: -1, leafHash: '', boot: this.#boot })
    return order
  }

  #commit (orders: readonly Append[]): void {
    const { size, checkpoint, appended } = this.#append(orders)
    const receipts = orders.map((order, position): [number, number, string] => {
      const { index, leafHash } = appended[position] ?? { index: -1, leafHash: '' }
      if (order.kind === 'permit') this.#recovered.open.set(order.subject, { index, leafHash, boot: this.#boot })
      if (order.kind === 'outcome') remember(this.#recovered.closed, order.subject, { digest: bodyDigest(order.body), index, leafHash })
      return [order.number, index, leafHash]
    })
    this.#say({ word: 'batch', size, checkpoint, receipts })
  }

  #writeOwn (bodies: readonly RecordBody[]): void {
    for (let start = 0; start < bodies.length; start += maxBatch) {
      this.#append(bodies.slice(start, start + maxBatch).map(body => ({ body: canonicalize(body) })))
    }
  }

  /** A write that failed poisons the writer: what the disk holds is known again only after reading it anew. */
  #append (entries: ReadonlyArray<{ readonly body: string }>): ReturnType<Log['append']> {
    try {
      const now = nowUs()
      const backUs = this.#log.timeUs - now
      if (backUs > 1_000_000) this.#log.append([{ body: canonicalize({ kind: 'system', event: 'clock', back_us: backUs }) }], now)
      return this.#log.append(entries, now)
    } catch (thrown) {
      process.stderr.write(`audit writer: ${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'a write failed'}\n`)
      process.exit(1)
    }
  }

  #say (answer: Answer): void {
    this.#socket.write(encodeAnswer(answer))
  }

  /** The gateway is gone, or asks to close: write what is queued, then stop. */
  end (): void {
    if (this.#closing) return
    this.#closing = true
    while (this.#queue.length > 0) this.#flush()
    this.#writeRefused()
    const stop: SystemBody = { kind: 'system', event: 'stop', open: this.#recovered.open.size }
    this.#writeOwn([stop])
    this.#log.close()
    this.#socket.end(() => { process.exit(0) })
    this.#socket.on('error', () => { process.exit(0) })
  }
}

function crashUnknown (id: string, { index, leafHash }: OpenDecision): OutcomeBody {
  return { kind: 'outcome', decision_id: id, decision_index: index, decision_hash: leafHash, endpoint: null, attempts: [], status: null, usage: null, response: null, skipped: [], end: 'crash_unknown' }
}

function nowUs (): number {
  return Date.now() * 1000
}

/** One writer a log: the lock is a socket that the system frees with its process. Waits for one that is about to end. */
async function lock (): Promise<Server> {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)
  const path = process.platform === 'linux' ? `\0sallyport-audit-${name}` : join(folder, 'writer.lock')
  for (let attempt = 0; ; attempt++) {
    const server = createServer(peer => { peer.destroy() })
    const taken = await new Promise<boolean>(resolve => {
      server.once('error', () => { resolve(true) })
      server.listen(path, () => { resolve(false) })
    })
    if (!taken) return server
    if (attempt === 100) throw new Error('another gateway writes this log')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function main (): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const synchronous = isDurable(folder)
  if (!synchronous && unsafe !== 'unsafe') throw new Error('the audit folder is on a filesystem in memory, where a synchronous write promises nothing')
  const server = await lock()
  server.unref()
  const key = openLogKey(folder)
  const { log, recovered } = Log.open(folder, key)
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  const writer = new Writer(socket, log, recovered, Number(freeSpace))
  const lines = new Lines()
  socket.on('data', (chunk: Buffer) => { for (const line of lines.take(chunk)) writer.take(decodeOrder(line), key.origin, synchronous) })
  socket.on('end', () => { writer.end() })
  socket.on('error', () => { writer.end() })
}

main().catch((thrown: unknown) => {
  process.stderr.write(`audit writer: ${thrown instanceof Error ? thrown.message : 'it cannot start'}\n`)
  process.exit(1)
})
