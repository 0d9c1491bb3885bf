/** The exchanges that have not ended: what holds a replaced configuration open, and what a record is made of. */
import type { Runtime } from '../runtime.ts'
import { Names, Slots } from '../transient.ts'
import type { Exchange } from './exchange.ts'

export class UnderWay {
  readonly #all = new Slots<Exchange>()
  readonly #decided = new Names<Exchange>()
  readonly #waiting: Array<() => void> = []

  /** Exchanges that have begun and not ended. */
  get size (): number { return this.#all.size }

  /** Of those, the ones whose decision is being or was committed. */
  get decided (): number { return this.#decided.size }

  /** Answers the place to leave again. */
  enter (x: Exchange): number {
    return this.#all.add(x)
  }

  leave (place: number): void {
    const x = this.#all.take(place)
    if (x !== undefined) this.#decided.delete(x.id)
    if (this.#all.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** From now on the exchange is found by its decision. */
  decide (x: Exchange): void {
    this.#decided.set(x.id, x)
  }

  ofDecision (id: string): Exchange | undefined {
    return this.#decided.get(id)
  }

  holds (runtime: Runtime): boolean {
    for (const x of this.#all) if (x.runtime === runtime) return true
    return false
  }

  /** Resolves as soon as none is left. */
  async ended (): Promise<void> {
    if (this.#all.size > 0) await new Promise<void>(resolve => { this.#waiting.push(resolve) })
  }
}
