/**
 * The circuit of one endpoint: closed while it answers, open after failures in a row or too large a share of failures, half open for one trial when its
 * cool-down is over. What opens it is cockatiel's; when it may be tried again must be known without trying, which cockatiel's own policy cannot say.
 */
import { CircuitState, ConsecutiveBreaker, ExponentialBackoff, noJitterGenerator, SamplingBreaker, type IBackoff, type IBreaker } from 'cockatiel'
import type { HealthConfig } from '../config/types.ts'

export type CircuitPhase = 'closed' | 'open' | 'half_open'

export class Circuit {
  readonly #breakers: readonly IBreaker[]
  readonly #coolDowns: ExponentialBackoff<unknown>
  readonly #nowMs: () => number
  #coolDown: IBackoff<unknown> | null = null
  #untilMs = -Infinity
  #isTried = false

  /** @param nowMs a clock that never goes back */
  constructor (config: HealthConfig, nowMs: () => number) {
    const { consecutiveFailures, failureRate, windowMs, leastRequests, coolDownMs, longestCoolDownMs } = config
    this.#breakers = [
      new ConsecutiveBreaker(consecutiveFailures),
      new SamplingBreaker({ threshold: failureRate, duration: windowMs, minimumRps: leastRequests * 1000 / windowMs })
    ]
    this.#coolDowns = new ExponentialBackoff({ initialDelay: coolDownMs, maxDelay: longestCoolDownMs, exponent: 2, generator: noJitterGenerator })
    this.#nowMs = nowMs
  }

  get phase (): CircuitPhase {
    if (this.#coolDown === null) return 'closed'
    return this.#nowMs() < this.#untilMs ? 'open' : 'half_open'
  }

  /** True where a request may go: one at a time while it is half open. */
  get mayTry (): boolean {
    if (this.#coolDown === null) return true
    return !this.#isTried && this.#nowMs() >= this.#untilMs
  }

  /** Milliseconds of its cool-down that are left. */
  get leftMs (): number {
    return this.#coolDown === null ? 0 : Math.max(0, this.#untilMs - this.#nowMs())
  }

  begin (): void {
    if (this.phase === 'half_open') this.#isTried = true
  }

  success (): void {
    for (const breaker of this.#breakers) breaker.success(CircuitState.Closed)
    if (this.phase === 'open') return // it began before: what it says of now is little
    this.#coolDown = null
    this.#isTried = false
  }

  /** Each opening in a row cools down twice as long as the one before. Answers whether it has opened. */
  failure (): boolean {
    const opens = this.#breakers.map(breaker => breaker.failure(CircuitState.Closed)).includes(true)
    const { phase } = this
    if (phase === 'open' || (phase === 'closed' && !opens)) return false
    this.#coolDown = (this.#coolDown ?? this.#coolDowns).next(undefined)
    this.#untilMs = this.#nowMs() + this.#coolDown.duration
    this.#isTried = false
    return true
  }

  /** An attempt that ended without a word on the endpoint. */
  forget (): void {
    this.#isTried = false
  }
}
