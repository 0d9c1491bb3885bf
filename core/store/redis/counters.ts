/**
 * Counters in Redis, shared by all gateways: one script, one round trip, for a demand and for its settlement. What this gateway took itself it
 * also counts here: its share, which it restores where Redis has lost it.
 */
import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { CounterStore, Demand, Level, Meter, Reservation, Taken } from '../contract.ts'
import { MemoryCounters } from '../counters.ts'
import { Names } from '../../transient.ts'
import { digestOf } from '../replay.ts'
import type { Share } from '../tally.ts'
import type { Commands } from './client.ts'

/** A gateway that ends without a word holds its leases no longer than this. */
const leaseMs = 30_000
export const renewLeasesMs = 10_000
/** Settlements that wait for Redis; what is beyond stays as it was reserved. */
const mostWaiting = 50_000
/** Scripts of a restoration under way at once. */
const restoreAtOnce = 500

interface Held extends Reservation {
  readonly epoch: string
  /** The same in this gateway's share. */
  readonly share: Reservation
}

interface Settlement { readonly held: Held, readonly differences: readonly number[] }

export class RedisCounters implements CounterStore {
  readonly #commands: Commands
  readonly #prefix: string
  readonly #isReady: () => boolean
  readonly #share: MemoryCounters
  readonly #nowMs: () => number
  /** What was admitted without Redis, and Redis does not know of. */
  #alone: MemoryCounters
  /** Epochs of the hashes that hold some of this gateway's share. */
  readonly #epochs = new Map<string, string>()
  /** By key: what this gateway holds of it. */
  readonly #leases = new Names<Names<true>>()
  #waiting: Settlement[] = []
  readonly #process = randomUUID()
  #lastLease = 0

  constructor (commands: Commands, prefix: string, isReady: () => boolean, nowMs: () => number) {
    this.#commands = commands
    this.#prefix = prefix
    this.#isReady = isReady
    this.#nowMs = nowMs
    this.#share = new MemoryCounters(nowMs)
    this.#alone = new MemoryCounters(nowMs)
  }

  readonly local: Pick<CounterStore, 'take' | 'settle'> = {
    take: demand => {
      const taken = this.#share.take({ ...demand, key: digestOf(demand.key) })
      if (taken.admitted) this.#alone.record({ ...demand, key: digestOf(demand.key) }, taken.reservation.lease)
      return taken
    },
    settle: (reservation, used) => { this.#share.settle(reservation, used) }
  }

  async take (demand: Demand): Promise<Taken> {
    if (!this.#isReady()) throw unavailable()
    const key = digestOf(demand.key)
    const lease = `${this.#process}:${++this.#lastLease}`
    const words = demand.meters.flatMap((meter, index) => wordsOf(meter, demand.amounts[index] ?? 0, this.#nowMs()))
    const reply = await this.#ask(() => this.#commands.sallyportTake(...this.#keys(key), randomUUID(), lease, String(leaseMs), ...words), () => {
      this.#giveBack(key, lease)
    })
    this.#noteEpoch(key, String(reply[3]))
    return this.#taken({ ...demand, key }, lease, reply)
  }

  async settle (reservation: Reservation, used: readonly number[]): Promise<void> {
    const held = reservation as Held
    this.#share.settle(held.share, used)
    this.#dropLease(held.key, held.lease)
    const settlement = { held, differences: held.meters.map((_meter, index) => (used[index] ?? 0) - (held.amounts[index] ?? 0)) }
    if (this.#isReady()) await this.#send(settlement)
    else this.#wait(settlement)
  }

  /** Redis may be asked again: what waited, and what it was not told. */
  async resume (): Promise<void> {
    const alone = this.#alone
    this.#alone = new MemoryCounters(this.#nowMs)
    await this.#addShares(alone, () => '')
    const waiting = this.#waiting
    this.#waiting = []
    await inTurns(waiting, async settlement => { await this.#send(settlement) })
  }

  /** Adds this gateway's share to every hash that came back under another epoch. */
  async restore (): Promise<void> {
    await this.#addShares(this.#share, key => this.#epochs.get(key) ?? '')
    this.#alone = new MemoryCounters(this.#nowMs) // it is a part of the share
  }

  async renewLeases (): Promise<void> {
    if (!this.#isReady()) return
    await inTurns(this.#leases.keys(), async key => { await this.#addOne(key, this.#epochs.get(key) ?? '', []) })
    this.#forgetEpochs()
  }

  #keys (key: string): [hash: string, leases: string] {
    return [`${this.#prefix}:{${key}}:counts`, `${this.#prefix}:{${key}}:leases`]
  }

  #taken (demand: Demand, lease: string, reply: ReadonlyArray<string | number>): Taken {
    const [admitted, over, wait, epoch] = reply
    const levels = demand.meters.map((_meter, index): Level => ({ used: Number(reply[4 + 3 * index]), resetMs: Number(reply[5 + 3 * index]) }))
    if (Number(admitted) !== 1) return { admitted: false, levels, over: Number(over), retryAfterMs: Number(wait) < 0 ? null : Number(wait) }
    const places = demand.meters.map((_meter, index) => String(reply[6 + 3 * index]))
    if (demand.meters.some(({ span }) => span.kind === 'concurrent')) this.#holdLease(demand.key, lease)
    const held: Held = { ...demand, places, lease, epoch: String(epoch), share: this.#share.record(demand, lease) }
    return { admitted: true, levels, reservation: held }
  }

  /** A hash that came back under another epoch while the connection stood (somebody emptied Redis) gets this gateway's share again. */
  #noteEpoch (key: string, epoch: string): void {
    const known = this.#epochs.get(key)
    this.#epochs.set(key, epoch)
    const shares = known === undefined || known === epoch ? [] : this.#share.shares(key)
    if (shares.length > 0 && known !== undefined) this.#addOne(key, known, shares).catch(() => {}) // where it is lost again, so it is found again
  }

  /** An unanswered demand may have been met: its lease, if any, is given back; what it counted stays, on the safe side. */
  #giveBack (key: string, lease: string): void {
    this.#commands.sallyportSettle(...this.#keys(key), '', lease).catch(() => {}) // it ends by itself
  }

  async #send (settlement: Settlement): Promise<void> {
    const { held, differences } = settlement
    const words = held.meters.flatMap(({ name, span }, index) => {
      const difference = differences[index] ?? 0
      return span.kind === 'concurrent' || difference === 0 ? [] : [name, span.kind === 'sliding' ? 's' : 'p', String(difference), span.kind === 'sliding' ? String(span.ms) : '', held.places[index] ?? '']
    })
    try {
      await this.#commands.sallyportSettle(...this.#keys(held.key), held.epoch, held.lease, ...words)
    } catch {
      this.#wait({ held, differences: differences.map(difference => Math.max(0, difference)) }) // it may have been done: only what adds may be done twice
    }
  }

  #wait (settlement: Settlement): void {
    const changes = settlement.differences.some(difference => difference !== 0)
    if (changes && this.#waiting.length < mostWaiting) this.#waiting.push(settlement)
  }

  async #addShares (counters: MemoryCounters, epochOf: (key: string) => string): Promise<void> {
    await inTurns([...counters.contents()], async ({ key, tally, nowMs }) => { await this.#addOne(key, epochOf(key), tally.shares(nowMs)) })
  }

  async #addOne (key: string, known: string, shares: readonly Share[]): Promise<void> {
    const leases = this.#leases.get(key)?.keys() ?? []
    const words = shares.flatMap(({ name, kind, span, leftMs, age, amount }) => [name, kind, span, String(Math.ceil(leftMs)), String(age), String(amount)])
    const epoch = await this.#commands.sallyportRestore(...this.#keys(key), known, randomUUID(), String(leaseMs), String(leases.length), ...leases, ...words)
    this.#epochs.set(key, epoch)
  }

  #holdLease (key: string, lease: string): void {
    const leases = this.#leases.get(key) ?? new Names<true>()
    leases.set(lease, true)
    this.#leases.set(key, leases)
  }

  #dropLease (key: string, lease: string): void {
    const leases = this.#leases.get(key)
    leases?.delete(lease)
    if (leases?.size === 0) this.#leases.delete(key)
  }

  /** Keys of which this gateway holds nothing any more. */
  #forgetEpochs (): void {
    const counting = new Set([...this.#share.contents()].map(({ key }) => key))
    for (const key of this.#epochs.keys()) if (!counting.has(key) && this.#leases.get(key) === undefined) this.#epochs.delete(key)
  }

  async #ask<T> (command: () => Promise<T>, unanswered: () => void): Promise<T> {
    try {
      return await command()
    } catch (cause) {
      unanswered()
      throw unavailable(cause)
    }
  }
}

function unavailable (cause?: unknown): GatewayError {
  return new GatewayError('GW_LIMIT_STORE_UNAVAILABLE', cause === undefined ? {} : { cause })
}

/** Name, kind, limit, amount, window or period, milliseconds to its end. */
function wordsOf ({ name, span, limit }: Meter, amount: number, nowMs: number): string[] {
  const words = [name, span.kind.charAt(0), String(limit), String(amount)]
  if (span.kind === 'period') return [...words, span.id, String(Math.max(0, Math.ceil(span.endsMs - nowMs)))]
  return [...words, span.kind === 'sliding' ? String(span.ms) : '', '0']
}

async function inTurns<T> (items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += restoreAtOnce) await Promise.all(items.slice(at, at + restoreAtOnce).map(work))
}
