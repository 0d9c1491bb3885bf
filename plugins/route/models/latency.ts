/** What the router learned of how long endpoints take to begin their answer. */

/** Weight of the newest answer in the moving mean. */
const newestWeight = 0.2
/** What was learned longer ago counts as unknown, so that a slow endpoint gets another chance. */
const forgottenAfterMs = 60_000
/** Endpoints come from configuration; the bound is for safety alone. */
const mostEndpoints = 10_000

interface Learned { readonly meanMs: number, readonly atMs: number }

export class Latencies {
  readonly #learned = new Map<string, Learned>()
  readonly #nowMs: () => number

  /** @param nowMs a clock that never goes back */
  constructor (nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Takes one answered attempt into account. */
  learn (endpoint: string, milliseconds: number): void {
    const before = this.of(endpoint)
    const meanMs = before === null ? milliseconds : before + newestWeight * (milliseconds - before)
    if (this.#learned.size < mostEndpoints || this.#learned.has(endpoint)) this.#learned.set(endpoint, { meanMs, atMs: this.#nowMs() })
  }

  /** Mean milliseconds of late, or null where nothing is known. */
  of (endpoint: string): number | null {
    const learned = this.#learned.get(endpoint)
    return learned === undefined || this.#nowMs() - learned.atMs >= forgottenAfterMs ? null : learned.meanMs
  }
}
