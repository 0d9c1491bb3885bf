/** How often an endpoint may be tried again: a share of its requests, so that retries cannot multiply what fails. */

/** Retries that may be saved up, and are there at the start. */
const most = 10

export class RetryBudget {
  readonly #share: number
  #tokens: number

  /** @param share retries for each request, 0 to 1 */
  constructor (share: number) {
    this.#share = share
    this.#tokens = share > 0 ? most : 0
  }

  /** A request that is no retry. */
  deposit (): void {
    this.#tokens = Math.min(most, this.#tokens + this.#share)
  }

  get isLeft (): boolean { return this.#tokens >= 1 }

  withdraw (): void {
    this.#tokens = Math.max(0, this.#tokens - 1)
  }
}
