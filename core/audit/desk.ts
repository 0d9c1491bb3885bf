/**
 * The writer's desk: what arrives while a write is under way waits, and goes into the next frame together. No timer delays a
 * record; the only one counts refusals.
 */
import { statfsSync } from 'node:fs'
import { makeFolder } from './folder.ts'
import { keepsWrites } from './filesystem.ts'
import { openLogKey } from './keys.ts'
import { ownRecord, type Arrival, type Ledger } from './ledger.ts'
import { bareOutcome, type Links } from './links.ts'
import { lockFolder, type Release } from './lock.ts'
import { openForWriting } from './recover.ts'
import type { FromWriter, Hello } from './wire.ts'

const maxBatchRecords = 512
const maxBatchBytes = 1024 * 1024
const secondMs = 1000
/** A writer that is about to end, because its gateway was killed, may hold the log a moment longer. */
const patienceMs = 5000

export class Desk {
  readonly #hello: Hello
  readonly #ledger: Ledger
  readonly #links: Links
  readonly #release: Release
  readonly #send: (message: FromWriter) => void
  readonly #fail: (thrown: unknown) => void
  readonly #everySecond: NodeJS.Timeout
  #queue: Arrival[] = []
  #scheduled = false
  #accepting = true
  #refusals: Record<string, number> = {}
  #refusedSinceUs = 0

  private constructor (hello: Hello, ledger: Ledger, links: Links, release: Release, send: (message: FromWriter) => void, fail: (thrown: unknown) => void) {
    this.#hello = hello
    this.#ledger = ledger
    this.#links = links
    this.#release = release
    this.#send = send
    this.#fail = fail
    this.#everySecond = setInterval(() => { this.#guard(() => { this.#tick() }) }, secondMs).unref()
  }

  /** Opens the log for a gateway's process: lock, key, recovery, start. Throws where any of them is refused. */
  static async open (hello: Hello, send: (message: FromWriter) => void, fail: (thrown: unknown) => void): Promise<Desk> {
    const { folder, boot } = hello
    makeFolder(folder)
    const synchronous = keepsWrites(folder)
    if (!synchronous && !hello.allowUnsafeFilesystem) throw new Error(`${folder} is on a filesystem where a synchronous write promises nothing (allow_unsafe_filesystem accepts it)`)
    const release = await lockFolder(folder, patienceMs)
    const key = openLogKey(folder)
    const { ledger, links } = openForWriting(folder, key, boot)
    ledger.commit([ownRecord({ kind: 'system', event: 'start', boot, synchronous })])
    const desk = new Desk(hello, ledger, links, release, send, fail)
    desk.#closeOpen(hello.claims)
    desk.#tick()
    send({ type: 'ready', origin: key.origin, synchronous, open: [...links.open.keys()] })
    return desk
  }

  take (arrival: Arrival): void {
    this.#queue.push(arrival)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => { this.#guard(() => { this.#drain() }) })
  }

  countRefusals (counts: Readonly<Record<string, number>>): void {
    if (Object.keys(this.#refusals).length === 0) this.#refusedSinceUs = Date.now() * 1000
    for (const [code, count] of Object.entries(counts)) this.#refusals[code] = (this.#refusals[code] ?? 0) + count
  }

  /** Records what waits, ends what is open (its process is gone or going), says stop. */
  close (): void {
    clearInterval(this.#everySecond)
    while (this.#queue.length > 0) this.#commitNext()
    this.#closeOpen([])
    this.#recordRefusals()
    this.#ledger.commit([ownRecord({ kind: 'system', event: 'stop', boot: this.#hello.boot })])
    this.#release()
  }

  #guard (work: () => void): void {
    try {
      work()
    } catch (thrown) {
      clearInterval(this.#everySecond)
      this.#fail(thrown)
    }
  }

  /** One frame, then back to the socket for what came meanwhile. */
  #drain (): void {
    this.#scheduled = false
    this.#commitNext()
    if (this.#queue.length === 0) return
    this.#scheduled = true
    setImmediate(() => { this.#guard(() => { this.#drain() }) })
  }

  #commitNext (): void {
    const { size, note, entries, refusals } = this.#ledger.commit(this.#admit(this.#nextBatch()))
    if (entries.length > 0) this.#send({ type: 'receipts', size, note, entries })
    for (const refusal of refusals) this.#send({ type: 'refused', ...refusal })
  }

  #nextBatch (): Arrival[] {
    let bytes = 0
    const over = this.#queue.findIndex((arrival, position) => {
      bytes += arrival.body.length
      return position >= maxBatchRecords || (position > 0 && bytes > maxBatchBytes)
    })
    return this.#queue.splice(0, over === -1 ? this.#queue.length : over)
  }

  /** With too little free space no decision is recorded, so none is permitted; outcomes still are. */
  #admit (batch: Arrival[]): Arrival[] {
    if (this.#accepting) return batch
    const [refused, admitted] = [batch.filter(isDecision), batch.filter(arrival => !isDecision(arrival))]
    for (const { tag } of refused) this.#send({ type: 'refused', tag, code: 'GW_AUDIT_UNAVAILABLE', why: 'too little free space' })
    return admitted
  }

  #tick (): void {
    this.#recordRefusals()
    const { bavail, bsize } = statfsSync(this.#hello.folder)
    const accepting = bavail * bsize >= this.#hello.freeSpaceBytes
    if (accepting === this.#accepting) return
    this.#accepting = accepting
    this.#send({ type: 'accepting', accepting })
  }

  #recordRefusals (): void {
    if (Object.keys(this.#refusals).length === 0) return
    this.#ledger.commit([ownRecord({ kind: 'system', event: 'refused', counts: this.#refusals, since_us: this.#refusedSinceUs })])
    this.#refusals = {}
  }

  /** Ends the open decisions that no living process claims. */
  #closeOpen (claims: readonly string[]): void {
    const claimed = new Set(claims)
    const orphans = [...this.#links.open].filter(([id, { boot }]) => boot !== this.#hello.boot || !claimed.has(id))
    for (let at = 0; at < orphans.length; at += maxBatchRecords) {
      this.#ledger.commit(orphans.slice(at, at + maxBatchRecords).map(([id, decision]) => ownRecord(bareOutcome(id, decision, 'crash_unknown'))))
    }
  }
}

/** Bodies are canonical: a decision's first key is `classification`, an outcome's `attempts`, a system record's neither. */
function isDecision ({ body }: Arrival): boolean {
  return body.subarray(0, decisionStart.length).equals(decisionStart)
}

const decisionStart = Buffer.from('{"classification":')
