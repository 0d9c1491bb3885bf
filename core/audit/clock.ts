/** The writer's clock: microseconds since the epoch that never go back, and a notice where the wall clock did. */

const noticeableMs = 1000

export class Clock {
  #lastUs: number
  #offsetMs: number

  constructor (lastUs: number) {
    this.#lastUs = lastUs
    this.#offsetMs = Date.now() - performance.now()
  }

  /** Time of the last record. */
  get lastUs (): number { return this.#lastUs }

  nowUs (): number {
    this.#lastUs = Math.max(Date.now() * 1000, this.#lastUs)
    return this.#lastUs
  }

  /** Milliseconds by which the wall clock was set back since the last question, or 0 where that is less than a second. */
  setBackMs (): number {
    const offsetMs = Date.now() - performance.now()
    const step = Math.round(this.#offsetMs - offsetMs)
    if (Math.abs(step) > noticeableMs) this.#offsetMs = offsetMs
    return step > noticeableMs ? step : 0
  }
}
