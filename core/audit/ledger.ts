/** The log as its writer holds it: takes bodies, makes them records of one durable and signed frame, and answers where they stand. */
import { canonicalize } from './canonical.ts'
import { Clock } from './clock.ts'
import type { GatewayErrorCode } from '../errors.ts'
import { encodeFrame } from './frame.ts'
import { leafOf } from './leaf.ts'
import type { Links } from './links.ts'
import { signCheckpoint, type SigningKey } from './note.ts'
import { maxRecordBytes, type RecordBody } from './record.ts'
import type { ReceiptEntry } from './wire.ts'
import type { Store } from './store.ts'
import { leafHash, type Frontier } from './tree.ts'

export interface Arrival {
  /** Under which it is answered; 0 for the writer's own records. */
  readonly tag: number
  /** Canonical JSON. */
  readonly body: Buffer
}

export interface Refusal { readonly tag: number, readonly code: GatewayErrorCode, readonly why: string }

export interface Committed {
  readonly size: number
  readonly note: string
  readonly entries: readonly ReceiptEntry[]
  readonly refusals: readonly Refusal[]
}

export interface LedgerParts {
  readonly key: SigningKey
  readonly frontier: Frontier
  readonly links: Links
  readonly store: Store
  /** Time of the last record, microseconds. */
  readonly timeUs: number
  /** The gateway's process: decisions that arrive belong to it. */
  readonly boot: string
}

export class Ledger {
  readonly #parts: LedgerParts
  readonly #clock: Clock
  #poisoned = false

  constructor (parts: LedgerParts) {
    this.#parts = parts
    this.#clock = new Clock(parts.timeUs)
  }

  /** Records these bodies in one synchronous write. Throws where that fails; from then on it throws always. */
  commit (arrivals: readonly Arrival[]): Committed {
    if (this.#poisoned) throw new Error('the log is not written to after a failed write')
    try {
      return this.#commit(arrivals)
    } catch (thrown) {
      this.#poisoned = true
      throw thrown
    }
  }

  #commit (arrivals: readonly Arrival[]): Committed {
    const { key, frontier, store } = this.#parts
    const leaves: Buffer[] = []
    const entries: ReceiptEntry[] = []
    const refusals: Refusal[] = []
    for (const arrival of [...this.#clockNotice(), ...arrivals]) {
      const placed = this.#place(arrival)
      if ('code' in placed) refusals.push(placed)
      else {
        leaves.push(placed.leaf)
        if (arrival.tag !== 0) entries.push([arrival.tag, placed.index, placed.hash])
      }
    }
    const note = leaves.length === 0 ? '' : signCheckpoint(key, frontier.size, frontier.root())
    if (leaves.length > 0) store.write(encodeFrame(leaves, note))
    return { size: frontier.size, note, entries, refusals }
  }

  #clockNotice (): Arrival[] {
    const setBackMs = this.#clock.setBackMs()
    return setBackMs === 0 ? [] : [ownRecord({ kind: 'system', event: 'clock', set_back_ms: setBackMs })]
  }

  /** The leaf of a body, in its place in the tree; or why it is not recorded. */
  #place ({ tag, body }: Arrival): Refusal | { readonly leaf: Buffer, readonly index: number, readonly hash: string } {
    const { key, frontier, links, boot } = this.#parts
    const record: RecordBody = JSON.parse(body.toString('utf8'))
    const why = refusalOf(links, record)
    if (why !== null) return { tag, code: 'GW_AUDIT_UNAVAILABLE', why }
    const index = frontier.size
    const leaf = leafOf(body, index, key.origin, this.#clock.nowUs())
    if (leaf.length > maxRecordBytes) return { tag, code: 'GW_AUDIT_OVERSIZE', why: `the record would have ${leaf.length} bytes` }
    const hashBytes = leafHash(leaf)
    const hash = hashBytes.toString('hex')
    frontier.append(hashBytes)
    if (record.kind === 'decision') links.decided(record, index, hash, boot)
    if (record.kind === 'outcome') links.ended(record)
    return { leaf, index, hash }
  }
}

function refusalOf (links: Links, body: RecordBody): string | null {
  if (body.kind === 'decision') return links.refuseDecision(body)
  return body.kind === 'outcome' ? links.refuseOutcome(body) : null
}

/** A record that the writer makes itself. */
export function ownRecord (body: RecordBody): Arrival {
  return { tag: 0, body: Buffer.from(canonicalize(body)) }
}
