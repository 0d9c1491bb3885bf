/** What is known of one endpoint while it serves. */
import type { HealthConfig } from '../config/types.ts'
import type { AttemptCause } from '../pipeline/facts.ts'
import type { EndpointState } from '../pipeline/plugin.ts'
import { Circuit, type CircuitPhase } from './circuit.ts'
import { RetryBudget } from './retry-budget.ts'

/** How one attempt ended, as far as it says something of the endpoint. */
export interface AttemptEnd {
  /** Null where it answered. */
  readonly cause: AttemptCause | null
  /** Milliseconds that it asked to wait, or null. */
  readonly retryAfterMs: number | null
  /** Milliseconds to the head of its answer, or null. */
  readonly firstByteMs: number | null
}

/** How an endpoint stands, for operators. */
export interface EndpointReport {
  readonly circuit: CircuitPhase
  readonly open_for_ms: number
  readonly held_for_ms: number
  /** What another instance found, and told. */
  readonly suspect_for_ms: number
  readonly active: number
}

/** A 429 that names no time. */
const shortHoldMs = 1000
/** An endpoint that asks for more is asked again after this long. */
const longestHoldMs = 300_000

/** Causes that say nothing of the endpoint's health: the caller left, another one was faster, the request did not suit it. */
const neutral: ReadonlySet<AttemptCause> = new Set(['aborted', 'abandoned'])
const answers: ReadonlySet<AttemptCause> = new Set(['rate_limited', 'context_length', 'content_filter'])

export class EndpointStatus implements EndpointState {
  readonly id: string
  readonly #nowMs: () => number
  readonly #opened: (ms: number) => void
  #config: HealthConfig
  #circuit: Circuit
  #budget: RetryBudget
  #heldUntilMs = -Infinity
  #suspectUntilMs = -Infinity
  #active = 0

  /** @param opened told that its circuit has opened, and for how many milliseconds */
  constructor (id: string, config: HealthConfig, nowMs: () => number, opened: (ms: number) => void = () => {}) {
    this.id = id
    this.#nowMs = nowMs
    this.#opened = opened
    this.#config = config
    this.#circuit = new Circuit(config, nowMs)
    this.#budget = new RetryBudget(config.retryBudget)
  }

  /** Settings of a new configuration: what was learned under others is forgotten. */
  configure (config: HealthConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return
    this.#config = config
    this.#circuit = new Circuit(config, this.#nowMs)
    this.#budget = new RetryBudget(config.retryBudget)
  }

  get active (): number { return this.#active }

  /** Where probes try a failing endpoint, no request of a caller does. */
  get healthy (): boolean {
    const mayTry = this.#config.probe === null ? this.#circuit.mayTry : this.#circuit.phase === 'closed'
    return mayTry && this.#suspectMs === 0
  }

  get heldMs (): number { return this.#leftUntil(this.#heldUntilMs) }

  get mayRetry (): boolean { return this.#budget.isLeft }

  begin (isRetry: boolean): void {
    this.#active++
    this.#circuit.begin()
    if (isRetry) this.#budget.withdraw()
    else this.#budget.deposit()
  }

  end (end: AttemptEnd): void {
    this.#active--
    this.#note(end)
  }

  /** What a probe says: a trial of its own while the circuit is half open. */
  probed ({ answered, retryAfterMs }: { readonly answered: boolean, readonly retryAfterMs: number | null }): void {
    this.#circuit.begin()
    this.#note({ cause: answered ? null : 'connect', retryAfterMs, firstByteMs: null })
  }

  #note ({ cause, retryAfterMs, firstByteMs }: AttemptEnd): void {
    if (retryAfterMs !== null || cause === 'rate_limited') this.hold(retryAfterMs ?? shortHoldMs)
    const isSlow = firstByteMs !== null && this.#config.slowMs !== null && firstByteMs > this.#config.slowMs
    if (cause !== null && neutral.has(cause)) this.#circuit.forget()
    else if (isSlow || (cause !== null && !answers.has(cause))) this.#noteFailure()
    else this.#noteSuccess()
  }

  /** Nothing is sent to it for so long. */
  hold (ms: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#nowMs() + Math.min(ms, longestHoldMs))
  }

  /** Another instance found it failing: no longer than it would have been left alone here. */
  suspect (ms: number): void {
    this.#suspectUntilMs = this.#nowMs() + Math.min(ms, this.#config.longestCoolDownMs)
  }

  /** Milliseconds until it may be tried. */
  get openMs (): number { return Math.max(this.#circuit.leftMs, this.#suspectMs) }

  get #suspectMs (): number { return this.#leftUntil(this.#suspectUntilMs) }

  /** Asked for every endpoint at every choice: the clock is read where there is something to wait for alone. */
  #leftUntil (ms: number): number {
    return ms === -Infinity ? 0 : Math.max(0, ms - this.#nowMs())
  }

  report (): EndpointReport {
    return { circuit: this.#circuit.phase, open_for_ms: Math.round(this.#circuit.leftMs), held_for_ms: Math.round(this.heldMs), suspect_for_ms: Math.round(this.#suspectMs), active: this.#active }
  }

  #noteFailure (): void {
    if (this.#circuit.failure()) this.#opened(this.#circuit.leftMs)
  }

  #noteSuccess (): void {
    this.#circuit.success()
    this.#suspectUntilMs = -Infinity
  }
}
