/** What a request is counted by: the meters of a stage at an instant, and the amounts that it asks for. */
import type { Meter, QuotaEntry, SettleResult, Shape } from '../../../core/pipeline/plugin.ts'
import type { Calendar } from './calendar.ts'
import type { Limit, QuotaSettings, Unit, Window } from './config.ts'

/** US dollars per million tokens, which is millionths of a dollar per token: the dearest endpoint of a model. */
export interface Price { readonly input: number, readonly output: number }

const windowSeconds = { minute: 60, hour: 3600, day: 86_400 } as const
const slidingMs = { minute: 60_000, hour: 3_600_000 } as const

export class Meters {
  readonly #settings: QuotaSettings
  readonly #calendar: Calendar
  #made: { readonly untilMs: number, readonly meters: readonly Meter[] } = { untilMs: -Infinity, meters: [] }

  constructor (settings: QuotaSettings, calendar: Calendar) {
    this.#settings = settings
    this.#calendar = calendar
  }

  /** In the order of the settings, the concurrent one last. Made anew when a calendar period ends. */
  at (nowMs: number): readonly Meter[] {
    if (nowMs >= this.#made.untilMs) this.#made = this.#make(nowMs)
    return this.#made.meters
  }

  /** What to reserve: the input's estimate and the output asked for, or the default, at the dearest price. */
  estimate (shape: Shape, price: Price | null): number[] {
    const { limits, concurrent, defaultOutput } = this.#settings
    const output = shape.workload === 'embedding' ? 0 : shape.maxOutputTokens ?? defaultOutput
    const amounts = { requests: 1, tokens: shape.tokenEstimate + output, dollars: price === null ? 0 : Math.ceil(price.input * shape.tokenEstimate + price.output * output) }
    return this.#amounts(limits, concurrent, unit => amounts[unit])
  }

  /**
   * What was used. A request stays a request, however it ended. What an endpoint answered without a word of its usage, or at an unknown price, stays as it
   * was reserved; what no endpoint answered costs nothing.
   */
  used ({ attempts, usage, costMicros }: SettleResult, reserved: readonly number[]): number[] {
    const answered = usage !== null || attempts.some(({ status }) => status !== null && status < 300)
    const tokens = usage === null ? null : usage.inputTokens + usage.outputTokens
    return this.#settings.limits.map(({ unit }, index): number => {
      const kept = reserved[index] ?? 0
      if (unit === 'requests') return kept
      if (!answered) return 0
      return (unit === 'tokens' ? tokens : costMicros) ?? kept
    }).concat(this.#settings.concurrent === null ? [] : [0])
  }

  /** The quota fact: where each meter stands. */
  entries (levels: ReadonlyArray<{ readonly used: number, readonly resetMs: number }>): QuotaEntry[] {
    const { limits, concurrent, per } = this.#settings
    const all = concurrent === null ? limits : [...limits, { name: 'concurrent', unit: 'concurrent', window: null, most: concurrent } as const]
    return all.map(({ name, unit, window, most }, index) => {
      const { used = 0, resetMs = 0 } = levels[index] ?? {}
      const scale = unit === 'dollars' ? 1_000_000 : 1
      return {
        name: `${per.join('.')}.${name}`,
        ...(window === null || window === 'month' ? {} : { windowSeconds: windowSeconds[window] }),
        per,
        unit,
        limit: most / scale,
        used: used / scale,
        remaining: Math.max(0, most - used) / scale,
        resetMs
      }
    })
  }

  #make (nowMs: number): { readonly untilMs: number, readonly meters: readonly Meter[] } {
    const { limits, concurrent } = this.#settings
    const meters = limits.map(limit => this.#meterOf(limit, nowMs))
    if (concurrent !== null) meters.push({ name: 'concurrent', span: { kind: 'concurrent' }, limit: concurrent })
    const ends = meters.map(({ span }) => span.kind === 'period' ? span.endsMs : Infinity)
    return { untilMs: Math.min(Infinity, ...ends), meters }
  }

  #meterOf ({ name, window, most }: Limit, nowMs: number): Meter {
    return { name, limit: most, span: isCalendar(window) ? { kind: 'period', ...this.#calendar.periodAt(window, nowMs) } : { kind: 'sliding', ms: slidingMs[window] } }
  }

  #amounts (limits: readonly Limit[], concurrent: number | null, of: (unit: Unit) => number): number[] {
    const amounts = limits.map(({ unit }) => of(unit))
    if (concurrent !== null) amounts.push(1)
    return amounts
  }
}

function isCalendar (window: Window): window is 'day' | 'month' {
  return window === 'day' || window === 'month'
}
