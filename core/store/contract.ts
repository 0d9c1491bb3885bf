/**
 * What plugins may count and claim across requests, and across the instances of a gateway where a store is configured. Keys are opaque
 * texts of the caller's; what is stored never tells them in clear.
 */

/** How long an amount counts. */
export type Span =
  /** In every interval of this length, wherever it begins. */
  | { readonly kind: 'sliding', readonly ms: number }
  /** Until the calendar period ends. `id` names it; a later period's id compares greater (`2026-11` < `2026-12`). */
  | { readonly kind: 'period', readonly id: string, readonly endsMs: number }
  /** Until it is settled. */
  | { readonly kind: 'concurrent' }

/** One thing that is counted under a key: amounts are whole numbers of requests, tokens or millionths of a dollar. */
export interface Meter {
  /** Names it within its key: `tokens_per_minute`. */
  readonly name: string
  readonly span: Span
  readonly limit: number
}

/** Asks for one amount of each meter: all of them, or none. */
export interface Demand {
  /** Names what is counted: whoever asks with the same key counts together. */
  readonly key: string
  readonly meters: readonly Meter[]
  /** One for each meter, in its unit; whole, not negative. */
  readonly amounts: readonly number[]
}

/** Where a meter stands after a demand. */
export interface Level {
  readonly used: number
  /** Milliseconds until all that is counted now counts no more. */
  readonly resetMs: number
}

/** What was taken, to be settled once. */
export interface Reservation {
  readonly key: string
  readonly meters: readonly Meter[]
  readonly amounts: readonly number[]
  /** Where the store put each amount: for the store alone. */
  readonly places: readonly string[]
  /** Names this reservation among those that hold a `concurrent` meter. */
  readonly lease: string
}

export type Taken =
  | { readonly admitted: true, readonly levels: readonly Level[], readonly reservation: Reservation }
  | {
    readonly admitted: false
    readonly levels: readonly Level[]
    /** Index of the first meter that is used up. */
    readonly over: number
    /** Milliseconds after which the same demand could be met, were nothing else asked; null where it never can. */
    readonly retryAfterMs: number | null
  }

/** Counts for limits. Every method rejects with GatewayError `GW_LIMIT_STORE_UNAVAILABLE` where the store cannot say: never a guess. */
export interface CounterStore {
  /** Takes all amounts at once, atomically over all instances, or none. */
  take (demand: Demand): Promise<Taken> | Taken
  /** Replaces what was reserved by what was used, one amount a meter, and gives `concurrent` ones back. A late or lost settlement is on the safe side. */
  settle (reservation: Reservation, used: readonly number[]): Promise<void> | void
  /**
   * Counts on this instance alone, for those who admit while the store is lost: the store learns of it when it is back.
   * One instance's share then has the whole limit to itself.
   */
  readonly local: Pick<CounterStore, 'take' | 'settle'>
}

/** Remembers what may be used once. */
export interface ReplayStore {
  /**
   * True for the first claim of a key within its time to live, over all instances; false for every other one.
   * Rejects with `GW_LIMIT_STORE_UNAVAILABLE` where the store cannot say.
   */
  claim (key: string, ttlMs: number): Promise<boolean> | boolean
}

/** What instances tell each other of endpoints. A hint may be lost, and binds nobody: whoever hears it prefers other endpoints for a while. */
export interface Hints {
  /** An endpoint was found failing, and is left alone here for so long. */
  tell (endpoint: string, ms: number): void
  /** Called with what other instances tell, never with what this one does. Called once. */
  listen (heard: (endpoint: string, ms: number) => void): void
}

export interface Store {
  readonly counters: CounterStore
  readonly replay: ReplayStore
  readonly hints: Hints
  /** False while the store cannot be reached. */
  ready (): boolean
  close (): Promise<void>
}
