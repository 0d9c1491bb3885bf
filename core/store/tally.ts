/** What one key has counted so far: one cell a meter. */
import type { Level, Meter } from './contract.ts'
import { Names } from '../transient.ts'
import { SlidingWindow } from './window.ts'

type Cell =
  | { readonly kind: 'sliding', readonly ms: number, readonly window: SlidingWindow }
  | { readonly kind: 'period', id: string, endsMs: number, used: number }
  | { readonly kind: 'concurrent', readonly leases: Names<true> }

/** What one meter holds of one slot or period. */
export interface Share {
  readonly name: string
  readonly kind: 's' | 'p'
  /** Milliseconds of the window, or the period's id. */
  readonly span: string
  /** Milliseconds to the period's end. */
  readonly leftMs: number
  /** Slots ago. */
  readonly age: number
  readonly amount: number
}

export class Tally {
  readonly #cells = new Map<string, Cell>()

  level (meter: Meter, nowMs: number): Level {
    const cell = this.#cell(meter)
    switch (cell.kind) {
      case 'sliding': return { used: cell.window.sum(nowMs), resetMs: cell.window.resetMs(nowMs) }
      case 'period': return { used: cell.used, resetMs: Math.max(0, cell.endsMs - nowMs) }
      case 'concurrent': return { used: cell.leases.size, resetMs: 0 }
    }
  }

  /** Milliseconds until `amount` could be added, were nothing else; null where it never can. */
  retryAfterMs (meter: Meter, amount: number, nowMs: number): number | null {
    if (amount > meter.limit) return null
    const cell = this.#cell(meter)
    if (cell.kind === 'sliding') return cell.window.fallsToMs(meter.limit - amount, nowMs)
    return cell.kind === 'period' ? Math.max(0, cell.endsMs - nowMs) : 0
  }

  /** Adds an amount; answers where it stands. */
  add (meter: Meter, amount: number, lease: string, nowMs: number): string {
    const cell = this.#cell(meter)
    switch (cell.kind) {
      case 'sliding': return String(cell.window.add(amount, nowMs))
      case 'period':
        cell.used += amount
        return cell.id
      case 'concurrent':
        if (amount > 0) cell.leases.set(lease, true)
        return ''
    }
  }

  /** Changes what stands at a place; a `concurrent` lease is given back. */
  adjust (meter: Meter, place: string, difference: number, lease: string, nowMs: number): void {
    const cell = this.#cell(meter)
    if (cell.kind === 'sliding') cell.window.adjust(Number(place), difference, nowMs)
    else if (cell.kind === 'concurrent') cell.leases.delete(lease)
    else if (cell.id === place) cell.used += difference
  }

  /** True where nothing counts any more. */
  isOver (nowMs: number): boolean {
    for (const cell of this.#cells.values()) {
      if (cell.kind === 'sliding' && cell.window.sum(nowMs) !== 0) return false
      if (cell.kind === 'period' && cell.endsMs > nowMs) return false
      if (cell.kind === 'concurrent' && cell.leases.size > 0) return false
    }
    return true
  }

  /** What counts now, for a store that has forgotten it. */
  shares (nowMs: number): Share[] {
    return [...this.#cells].flatMap(([name, cell]): Share[] => {
      if (cell.kind === 'sliding') return cell.window.ages(nowMs).map(([age, amount]) => ({ name, kind: 's', span: String(cell.ms), leftMs: 0, age, amount }))
      if (cell.kind === 'period' && cell.endsMs > nowMs) return [{ name, kind: 'p', span: cell.id, leftMs: cell.endsMs - nowMs, age: 0, amount: cell.used }]
      return []
    })
  }

  /** A meter whose span was configured anew starts anew. A period that has begun ends the one before; one that is over never comes back. */
  #cell ({ name, span }: Meter): Cell {
    let cell = this.#cells.get(name)
    if (cell === undefined || cell.kind !== span.kind || (cell.kind === 'sliding' && span.kind === 'sliding' && cell.ms !== span.ms)) {
      cell = newCell(span)
      this.#cells.set(name, cell)
    }
    if (cell.kind === 'period' && span.kind === 'period' && span.id > cell.id) Object.assign(cell, { id: span.id, endsMs: span.endsMs, used: 0 })
    return cell
  }
}

function newCell (span: Meter['span']): Cell {
  switch (span.kind) {
    case 'sliding': return { kind: 'sliding', ms: span.ms, window: new SlidingWindow(span.ms) }
    case 'period': return { kind: 'period', id: span.id, endsMs: span.endsMs, used: 0 }
    case 'concurrent': return { kind: 'concurrent', leases: new Names() }
  }
}
