/** Counters in memory: exact for one process, and bounded. */
import { GatewayError } from '../errors.ts'
import type { CounterStore, Demand, Reservation, Taken } from './contract.ts'
import { digestOf } from './replay.ts'
import { Tally, type Share } from './tally.ts'

/** Keys that count at once. Beyond it new ones are refused: to forget one that counts would open its limit. */
const mostKeys = 200_000
/** Keys looked at for each one that is new, so that those that count no more are forgotten at a constant cost. */
const sweepPerNew = 4

export class MemoryCounters implements CounterStore {
  readonly #tallies = new Map<string, Tally>()
  readonly #nowMs: () => number
  readonly #mostKeys: number
  #sweep = this.#tallies.entries()
  #lastLease = 0

  constructor (nowMs: () => number, most = mostKeys) {
    this.#nowMs = nowMs
    this.#mostKeys = most
  }

  get local (): this { return this }

  take (demand: Demand): Taken {
    const nowMs = this.#nowMs()
    const tally = this.#tally(demand.key, nowMs)
    const over = firstOver(tally, demand, nowMs)
    return over === null ? this.#add(tally, demand, nowMs) : refuse(tally, demand, over, nowMs)
  }

  /** Counts what another store admitted, whatever the limits. */
  record (demand: Demand, lease: string): Reservation {
    const nowMs = this.#nowMs()
    return reserve(this.#tally(demand.key, nowMs), demand, lease, nowMs)
  }

  settle ({ key, meters, amounts, places, lease }: Reservation, used: readonly number[]): void {
    const nowMs = this.#nowMs()
    const tally = this.#tallies.get(shortKey(key))
    for (const [index, meter] of meters.entries()) {
      tally?.adjust(meter, places[index] ?? '', (used[index] ?? 0) - (amounts[index] ?? 0), lease, nowMs)
    }
  }

  /** What counts now, by key. */
  * contents (): Generator<{ readonly key: string, readonly tally: Tally, readonly nowMs: number }> {
    const nowMs = this.#nowMs()
    for (const [key, tally] of this.#tallies) if (!tally.isOver(nowMs)) yield { key, tally, nowMs }
  }

  /** What counts now of one key. */
  shares (key: string): readonly Share[] {
    return this.#tallies.get(shortKey(key))?.shares(this.#nowMs()) ?? []
  }

  #add (tally: Tally, demand: Demand, nowMs: number): Taken {
    const reservation = reserve(tally, demand, String(++this.#lastLease), nowMs)
    return { admitted: true, levels: demand.meters.map(meter => tally.level(meter, nowMs)), reservation }
  }

  #tally (name: string, nowMs: number): Tally {
    const key = shortKey(name)
    const known = this.#tallies.get(key)
    if (known !== undefined) return known
    this.#forgetSome(nowMs)
    if (this.#tallies.size >= this.#mostKeys) throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE', { cause: new Error('too many keys are counted at once') })
    const tally = new Tally()
    this.#tallies.set(key, tally)
    return tally
  }

  /** Walks round and round over all keys, a few at a time; all of them where there is no room. */
  #forgetSome (nowMs: number): void {
    const steps = this.#tallies.size >= this.#mostKeys ? this.#tallies.size : sweepPerNew
    for (let step = 0; step < steps; step++) {
      const next = this.#sweep.next()
      if (next.done === true) this.#sweep = this.#tallies.entries()
      else if (next.value[1].isOver(nowMs)) this.#tallies.delete(next.value[0])
    }
  }
}

/** Keys hold what callers chose: what one of them takes of memory is bounded too. */
function shortKey (key: string): string {
  return key.length > 64 ? digestOf(key) : key
}

function firstOver (tally: Tally, { meters, amounts }: Demand, nowMs: number): number | null {
  for (const [index, meter] of meters.entries()) {
    if (tally.level(meter, nowMs).used + (amounts[index] ?? 0) > meter.limit) return index
  }
  return null
}

function refuse (tally: Tally, { meters, amounts }: Demand, over: number, nowMs: number): Taken {
  const waits = meters.map((meter, index) => tally.retryAfterMs(meter, amounts[index] ?? 0, nowMs))
  return {
    admitted: false,
    levels: meters.map(meter => tally.level(meter, nowMs)),
    over,
    retryAfterMs: waits.includes(null) ? null : Math.max(...waits.map(wait => wait ?? 0))
  }
}

function reserve (tally: Tally, { key, meters, amounts }: Demand, lease: string, nowMs: number): Reservation {
  const places = meters.map((meter, index) => tally.add(meter, amounts[index] ?? 0, lease, nowMs))
  return { key, meters, amounts, places, lease }
}
