/** Days and months of a time zone. */
import type { Window } from './config.ts'

export interface Period {
  /** `2026-11` or `2026-11-25`: a later one compares greater. */
  readonly id: string
  readonly endsMs: number
}

const hourMs = 3_600_000

export class Calendar {
  readonly #format: Intl.DateTimeFormat
  readonly #known = new Map<Window, Period>()

  /** @param timeZone an IANA name */
  constructor (timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  }

  /** The day or month in which an instant lies. */
  periodAt (window: 'day' | 'month', nowMs: number): Period {
    const known = this.#known.get(window)
    const earliestMs = known === undefined ? Infinity : known.endsMs - (window === 'day' ? 22 : 27 * 24) * hourMs // none is shorter
    if (known !== undefined && nowMs < known.endsMs && nowMs >= earliestMs) return known
    const id = this.#idAt(window, nowMs)
    const period = { id, endsMs: this.#endOf(window, id, nowMs) }
    this.#known.set(window, period)
    return period
  }

  #idAt (window: 'day' | 'month', atMs: number): string {
    const day = this.#format.format(atMs)
    return window === 'day' ? day : day.slice(0, 7)
  }

  /** The first instant of the next one, to the millisecond, by halving: clocks may be changed within. */
  #endOf (window: 'day' | 'month', id: string, nowMs: number): number {
    let within = nowMs
    let beyond = nowMs + (window === 'day' ? 26 : 32 * 24) * hourMs
    while (beyond - within > 1) {
      const middle = Math.floor((within + beyond) / 2)
      if (this.#idAt(window, middle) === id) within = middle
      else beyond = middle
    }
    return beyond
  }
}
