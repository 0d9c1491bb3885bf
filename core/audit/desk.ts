/**
 * The writer's desk: what arrives while a write is under way waits in the socket, and goes into the next frame together. No timer
 * delays a record; the only one counts refusals, looks at the space that is left, notes the head and carries out orders.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDecision } from './facts.ts'
import { makeFolder, writeDurably } from './folder.ts'
import { filesystemFault } from './filesystem.ts'
import { floorOf, readHead, writeHead, type Floor } from './floor.ts'
import { carryOut } from './housekeeping.ts'
import { openLogKey } from './keys.ts'
import type { Ledger, Refusal } from './ledger.ts'
import { bareOutcome, type Links } from './links.ts'
import { lockFolder, type Release } from './lock.ts'
import { hasOrders, takeOrders } from './orders.ts'
import { openForWriting, type OpenedLog } from './recover.ts'
import { openRemoteKey } from './signer/client.ts'
import type { RecordBody } from './record.ts'
import { spaceIn, type Space } from './space.ts'
import { BrokenLog } from './verify/reader.ts'
import type { FromWriter, Hello, ReceiptEntry } from './wire.ts'
import { Witnesses, type WitnessedHead } from './witness/witnesses.ts'

const secondMs = 1000
/** A writer that is about to end, because its gateway was killed, may hold the log a moment longer. */
const patienceMs = 5000
const tooLittleSpace: Refusal = { code: 'GW_AUDIT_UNAVAILABLE', why: 'too little free space' }

/** How the desk tells what happens. */
export interface Outlet {
  send (message: FromWriter): void
  /** Answers to appends wait for others that came with them: now they leave. */
  answer (): void
  /** The log cannot be written any more. */
  fail (thrown: unknown): void
}

export class Desk {
  readonly #hello: Hello
  readonly #ledger: Ledger
  readonly #links: Links
  readonly #release: Release
  readonly #outlet: Outlet
  readonly #everySecond: NodeJS.Timeout
  readonly #headFile: string
  #space: Space = 'ample'
  /** The last checkpoint, and the one that was noted. */
  #note = ''
  #noted = ''
  readonly #witnesses: Witnesses
  /** Durable, and not cosigned yet by enough witnesses, where that is asked for. */
  #unwitnessed: Array<{ readonly size: number, readonly entries: readonly ReceiptEntry[] }> = []
  #cosigned: WitnessedHead | null = null
  #witnessFault: string | null = null
  #refusals: Record<string, number> = {}
  #refusedSinceUs = 0

  private constructor (hello: Hello, { ledger, links }: OpenedLog, release: Release, outlet: Outlet) {
    this.#hello = hello
    this.#ledger = ledger
    this.#links = links
    this.#release = release
    this.#outlet = outlet
    this.#headFile = headFileOf(hello)
    this.#witnesses = new Witnesses(hello.settings, () => ledger.tree, this.#awaitsWitnesses ? 0 : secondMs, {
      cosigned: head => { this.#guard(() => { this.#noteCosigned(head) }) },
      failed: why => { this.#tellOfWitnesses(why) },
      denied: why => { this.#guard(() => { this.#giveUp(why) }) }
    })
    this.#everySecond = setInterval(() => { this.#guard(() => { this.#tick() }) }, secondMs).unref()
  }

  /** Opens the log for a gateway's process: lock, key, recovery, start. Throws where any of them is refused. */
  static async open (hello: Hello, outlet: Outlet): Promise<Desk> {
    const { folder, boot, settings } = hello
    makeFolder(folder)
    const fault = filesystemFault(folder)
    if (fault !== null && !settings.allowUnsafeFilesystem) throw new Error(`${folder} is on ${fault} (allow_unsafe_filesystem accepts it)`)
    const release = await lockFolder(folder, patienceMs)
    const denied = deniedFile(folder)
    if (existsSync(denied)) throw new Error(`${readFileSync(denied, 'utf8')}. ${instructions(folder)}; where the witness is wrong, remove ${denied}`)
    const key = settings.signer === null ? openLogKey(folder) : openRemoteKey(folder, settings.signer)
    const opened = orInstruct(folder, () => openForWriting(folder, key, { boot, floors: floorsOf(hello, key.origin), signsRecords: settings.signature === 'record' }))
    const desk = new Desk(hello, opened, release, outlet)
    desk.#begin({ kind: 'system', event: 'start', boot, synchronous: fault === null, write_us: opened.writeUs })
    outlet.send({ type: 'ready', origin: key.origin, synchronous: fault === null, open: [...opened.links.open.keys()] })
    return desk
  }

  /** Takes an append into the next frame; its bytes are not looked at after this returns. */
  take (tag: number, body: Buffer): void {
    this.#guard(() => {
      if (this.#ledger.isFull) this.#commit()
      const refusal = this.#space === 'none' && isDecision(body) ? tooLittleSpace : this.#ledger.add(tag, body)
      if (refusal !== null) this.#outlet.send({ type: 'refused', tag, ...refusal })
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
    this.#witnesses.close()
    this.#closeOpen([])
    this.#recordRefusals()
    this.#record({ kind: 'system', event: 'stop', boot: this.#hello.boot })
    this.#commit()
    this.#noteHead()
    this.#release()
  }

  #guard (work: () => void): void {
    try {
      work()
    } catch (thrown) {
      clearInterval(this.#everySecond)
      this.#witnesses.close()
      this.#outlet.fail(thrown)
    }
  }

  #begin (start: RecordBody): void {
    if (this.#ledger.size === 0) {
      takeOrders(this.#hello.folder, order => {
        if (order.kind !== 'gap') return 'there is no log yet'
        this.#record({ event: 'gap', kind: 'system', previous: order.previous, reason: order.reason, size: order.size })
        this.#commit()
        return null
      })
    }
    this.#record(start)
    this.#closeOpen(this.#hello.claims)
    this.#commit()
    this.#tick()
  }

  #commit (): void {
    if (this.#ledger.waiting === 0) return
    const { size, note, entries } = this.#ledger.commit()
    this.#note = note
    if (this.#awaitsWitnesses) this.#unwitnessed.push({ size, entries })
    else if (entries.length > 0) this.#outlet.send({ type: 'receipts', size, note, entries })
    this.#witnesses.offer({ size, note })
  }

  get #awaitsWitnesses (): boolean { return this.#hello.settings.commit === 'witnessed' }

  /** What was waited for is acknowledged, under the head that the witnesses cosigned. */
  #noteCosigned (head: WitnessedHead): void {
    this.#cosigned = head
    this.#tellOfWitnesses(null)
    const entries: ReceiptEntry[] = []
    let next = this.#unwitnessed[0]
    while (next !== undefined && next.size <= head.size) {
      entries.push(...next.entries)
      this.#unwitnessed.shift()
      next = this.#unwitnessed[0]
    }
    if (entries.length === 0) return
    this.#outlet.send({ type: 'receipts', ...head, entries })
    this.#outlet.answer()
  }

  /** No later writer goes on with this log either, until an operator has looked. */
  #giveUp (why: string): never {
    writeDurably(deniedFile(this.#hello.folder), why, 0o600)
    throw new Error(why)
  }

  #tellOfWitnesses (fault: string | null): void {
    if (this.#witnessFault === fault) return
    this.#witnessFault = fault
    this.#outlet.send({ type: 'witnesses', fault })
  }

  #record (body: RecordBody): void {
    if (this.#ledger.isFull) this.#commit()
    this.#ledger.addOwn(body)
  }

  #tick (): void {
    const { folder, settings } = this.#hello
    this.#recordRefusals()
    this.#commit()
    this.#noteHead()
    if (hasOrders(folder)) this.#carryOutOrders()
    const space = spaceIn(folder, settings.freeSpaceBytes)
    if (space === this.#space) return
    this.#space = space
    this.#outlet.send({ type: 'space', space })
  }

  #carryOutOrders (): void {
    const { folder, settings } = this.#hello
    const house = { folder, ledger: this.#ledger, links: this.#links, keyIsElsewhere: settings.signer !== null }
    takeOrders(folder, order => order.kind === 'gap' ? 'the log has begun already' : carryOut(house, order))
  }

  /** A lower bound of what the log holds: where it is shorter at the next start, records were lost. */
  #noteHead (): void {
    if (this.#noted !== this.#note) writeHead(this.#headFile, this.#note)
    this.#noted = this.#note
    if (this.#cosigned !== null) writeHead(cosignedFile(this.#hello.folder), this.#cosigned.note)
    this.#cosigned = null
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

function headFileOf ({ folder, settings }: Hello): string {
  return settings.head ?? join(folder, 'head')
}

/** The last head that enough witnesses cosigned. */
function cosignedFile (folder: string): string {
  return join(folder, 'cosigned')
}

/** The heads that were acknowledged, as far as someone still knows of them. */
function floorsOf (hello: Hello, origin: string): Floor[] {
  const noted = readHead(headFileOf(hello), origin)
  const cosigned = readHead(cosignedFile(hello.folder), origin)
  const told = hello.lastNote === null ? null : floorOf(hello.lastNote, origin, 'the gateway, which was given receipts of it')
  return [noted, cosigned, told].filter(floor => floor !== null)
}

/** A log that does not hold together stays as it is: whoever starts it is told what to do. */
function orInstruct (folder: string, open: () => OpenedLog): OpenedLog {
  try {
    return open()
  } catch (thrown) {
    if (!(thrown instanceof BrokenLog)) throw thrown
    throw new Error(`${thrown.message}. ${instructions(folder)}`, { cause: thrown })
  }
}

function instructions (folder: string): string {
  return `Nothing was changed: keep a copy, look at it with sallyport audit verify; sallyport audit abandon ${folder} --reason TEXT sets it aside and lets a new log begin, which says so`
}

/** What a witness held against this log. */
function deniedFile (folder: string): string {
  return join(folder, 'denied')
}
