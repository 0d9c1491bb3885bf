/**
 * The writer's desk: what arrives while a write is under way waits in the socket, and goes into the next frame together. No timer
 * delays a record; the only one counts refusals and looks at the space that is left.
 */
import { statfsSync } from 'node:fs'
import { isDecision } from './facts.ts'
import { makeFolder } from './folder.ts'
import { keepsWrites } from './filesystem.ts'
import { openLogKey } from './keys.ts'
import type { Ledger, Refusal } from './ledger.ts'
import { bareOutcome, type Links } from './links.ts'
import { lockFolder, type Release } from './lock.ts'
import { openForWriting } from './recover.ts'
import type { RecordBody } from './record.ts'
import type { FromWriter, Hello } from './wire.ts'

const secondMs = 1000
/** A writer that is about to end, because its gateway was killed, may hold the log a moment longer. */
const patienceMs = 5000
const tooLittleSpace: Refusal = { code: 'GW_AUDIT_UNAVAILABLE', why: 'too little free space' }

export class Desk {
  readonly #hello: Hello
  readonly #ledger: Ledger
  readonly #links: Links
  readonly #release: Release
  readonly #send: (message: FromWriter) => void
  readonly #fail: (thrown: unknown) => void
  readonly #everySecond: NodeJS.Timeout
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
    const desk = new Desk(hello, ledger, links, release, send, fail)
    desk.#record({ kind: 'system', event: 'start', boot, synchronous })
    desk.#closeOpen(hello.claims)
    desk.#commit()
    desk.#tick()
    send({ type: 'ready', origin: key.origin, synchronous, open: [...links.open.keys()] })
    return desk
  }

  /** Takes an append into the next frame; its bytes are not looked at after this returns. */
  take (tag: number, body: Buffer): void {
    this.#guard(() => {
      if (this.#ledger.isFull) this.#commit()
      const refusal = !this.#accepting && isDecision(body) ? tooLittleSpace : this.#ledger.add(tag, body)
      if (refusal !== null) this.#send({ type: 'refused', tag, ...refusal })
    })
  }

  /** All that has arrived was taken: now it is made durable. */
  flush (): void {
    this.#guard(() => { this.#commit() })
  }

  countRefusals (counts: Readonly<Record<string, number>>): void {
    if (Object.keys(this.#refusals).length === 0) this.#refusedSinceUs = Date.now() * 1000
    for (const [code, count] of Object.entries(counts)) this.#refusals[code] = (this.#refusals[code] ?? 0) + count
  }

  /** Records what waits, ends what is open (its process is gone or going), says stop. */
  close (): void {
    clearInterval(this.#everySecond)
    this.#closeOpen([])
    this.#recordRefusals()
    this.#record({ kind: 'system', event: 'stop', boot: this.#hello.boot })
    this.#commit()
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

  #commit (): void {
    if (this.#ledger.waiting === 0) return
    const { size, note, entries } = this.#ledger.commit()
    if (entries.length > 0) this.#send({ type: 'receipts', size, note, entries })
  }

  #record (body: RecordBody): void {
    if (this.#ledger.isFull) this.#commit()
    this.#ledger.addOwn(body)
  }

  /** With too little free space no decision is recorded, so none is permitted; outcomes still are. */
  #tick (): void {
    this.#recordRefusals()
    this.#commit()
    const { bavail, bsize } = statfsSync(this.#hello.folder)
    const accepting = bavail * bsize >= this.#hello.freeSpaceBytes
    if (accepting === this.#accepting) return
    this.#accepting = accepting
    this.#send({ type: 'accepting', accepting })
  }

  #recordRefusals (): void {
    if (Object.keys(this.#refusals).length === 0) return
    this.#record({ kind: 'system', event: 'refused', counts: this.#refusals, since_us: this.#refusedSinceUs })
    this.#refusals = {}
  }

  /** Ends the open decisions that no living process claims. */
  #closeOpen (claims: readonly string[]): void {
    const claimed = new Set(claims)
    const orphans = [...this.#links.open].filter(([id, { boot }]) => boot !== this.#hello.boot || !claimed.has(id))
    for (const [id, decision] of orphans) this.#record(bareOutcome(id, decision, 'crash_unknown'))
  }
}
