/** The log as its writer holds it: takes bodies into the next frame, makes that frame durable and signed, and answers where each stands. */
import { canonicalize } from './canonical.ts'
import { Clock } from './clock.ts'
import type { GatewayErrorCode } from '../errors.ts'
import { factsOf } from './facts.ts'
import { FrameBuilder } from './frame.ts'
import { leafEnd, leafStart, signedLeafEnd } from './leaf.ts'
import type { Links } from './links.ts'
import { signCheckpoint, type SigningKey } from './note.ts'
import { maxRecordBytes, type RecordBody } from './record.ts'
import { sealOf, sealRecord, writeSeal } from './seal.ts'
import type { ReceiptEntry } from './wire.ts'
import type { Store } from './store.ts'
import type { Tree } from './proofs.ts'
import type { Frontier } from './verify/tree.ts'
import type { TreeKeeper } from './tree-files.ts'
import { recordText } from './verify/leaf.ts'

export interface Refusal { readonly code: GatewayErrorCode, readonly why: string }

/** What one frame made durable. */
export interface Committed {
  readonly size: number
  readonly note: string
  readonly entries: readonly ReceiptEntry[]
}

export interface LedgerParts {
  readonly folder: string
  readonly key: SigningKey
  readonly frontier: Frontier
  /** Sees what the frontier completes. */
  readonly keeper: TreeKeeper
  readonly links: Links
  readonly store: Store
  /** Time of the last record, microseconds. */
  readonly timeUs: number
  /** The gateway's process: decisions that arrive belong to it. */
  readonly boot: string
  /** One more signature for each record, beside the one for the batch. */
  readonly signsRecords: boolean
}

const maxBatchRecords = 1024
const maxBatchBytes = 1024 * 1024
/** A frame that is not full yet takes one more record, and its note. */
const maxFrameBytes = maxBatchBytes + 2 * maxRecordBytes

export class Ledger {
  readonly #parts: LedgerParts
  readonly #clock: Clock
  readonly #frame: FrameBuilder
  #key: SigningKey
  #entries: ReceiptEntry[] = []
  #poisoned = false

  constructor (parts: LedgerParts) {
    this.#parts = parts
    this.#key = parts.key
    this.#clock = new Clock(parts.timeUs)
    this.#frame = new FrameBuilder(parts.store.memory(maxFrameBytes))
  }

  /** What signs now. */
  get key (): SigningKey { return this.#key }

  /** Records in the log, the next frame's too. */
  get size (): number { return this.#parts.frontier.size }

  /** Records in the next frame. */
  get waiting (): number { return this.#frame.count }

  /** The tree of all records, the next frame's too. */
  get tree (): Tree { return this.#parts.keeper.tree(this.#parts.folder, this.size) }

  /** True where the next frame must be committed before it takes more. */
  get isFull (): boolean { return this.#frame.count >= maxBatchRecords || this.#frame.bytes >= maxBatchBytes }

  /**
   * Takes a body, canonical JSON, into the next frame; or says why it is not recorded.
   * @param tag under which it is answered; 0 for the writer's own records
   */
  add (tag: number, body: Buffer): Refusal | null {
    const { frontier, links, boot } = this.#parts
    const facts = factsOf(body)
    if (facts === null) return { code: 'GW_AUDIT_UNAVAILABLE', why: 'this is no body of a record' }
    const why = links.refuse(facts)
    if (why !== null) return { code: 'GW_AUDIT_UNAVAILABLE', why }
    if (this.#frame.count === 0) this.#begin()
    const index = frontier.size
    const end = this.#leafEnd(index, body)
    const bytes = leafStart.length + body.length + end.length
    if (bytes > maxRecordBytes) return { code: 'GW_AUDIT_OVERSIZE', why: `the record would have ${bytes} bytes` }
    const hash = this.#frame.addLeaf(leafStart, body, end)
    frontier.append(Buffer.from(hash, 'hex'))
    links.recorded(facts, index, hash, boot)
    if (tag !== 0) this.#entries.push([tag, index, hash])
    return null
  }

  #leafEnd (index: number, body: Buffer): string {
    const { origin } = this.#key
    const timeUs = this.#clock.nowUs()
    const end = leafEnd(index, origin, timeUs)
    if (!this.#parts.signsRecords) return end
    const signature = this.#key.sign(recordText(Buffer.concat([Buffer.from(leafStart), body, Buffer.from(end)])))
    return signedLeafEnd(index, origin, signature.toString('base64'), timeUs)
  }

  /** Takes a record that the writer makes itself. */
  addOwn (body: RecordBody): void {
    const refusal = this.add(0, Buffer.from(canonicalize(body)))
    if (refusal !== null) throw new Error(refusal.why)
  }

  /**
   * Makes the frame durable in one synchronous write. Throws where that fails; from then on it throws always.
   * @param also a key that is about to take over: it signs this frame too
   */
  commit (also: SigningKey | null = null): Committed {
    if (this.#poisoned) throw new Error('the log is not written to after a failed write')
    try {
      return this.#commit(also)
    } catch (thrown) {
      this.#poisoned = true
      throw thrown
    }
  }

  /** From now on this key signs. */
  adopt (key: SigningKey): void {
    this.#key = key
  }

  #commit (also: SigningKey | null): Committed {
    const { frontier, store } = this.#parts
    const note = signCheckpoint(this.#key, frontier.size, frontier.root(), also)
    store.write(this.#frame.finish(note))
    this.#frame.clear()
    const entries = this.#entries
    this.#entries = []
    return { size: frontier.size, note, entries }
  }

  /** Before the first record of a frame: is there room for the largest one, and did the clock go back? */
  #begin (): void {
    if (!this.#parts.store.hasRoom(maxFrameBytes)) this.#seal()
    const setBackMs = this.#clock.setBackMs()
    if (setBackMs !== 0) this.addOwn({ kind: 'system', event: 'clock', set_back_ms: setBackMs })
  }

  /** The state so far is noted, and the log goes on in the next segment. */
  #seal (): void {
    const { folder, frontier, keeper, links, store, boot } = this.#parts
    const seal = sealOf(store.segment, frontier, links, this.#clock.lastUs, boot)
    const body = sealRecord(seal, frontier.root())
    keeper.store(folder, seal.size)
    writeSeal(folder, seal)
    store.advance()
    this.addOwn(body)
  }
}
