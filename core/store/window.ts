/**
 * A sliding window as a row of slots. A window is cut into {@link slotsPerWindow} parts; an amount counts from its slot until the whole of
 * that slot lies outside the window. So the sum over any interval of the window's length never exceeds the limit, at the price of up to one
 * slot (a sixtieth of the window) in which an amount still counts though its time is over. The Redis script keeps the same row.
 */
export const slotsPerWindow = 60

export class SlidingWindow {
  readonly #slotMs: number
  /** Slots that hold an amount, oldest first. */
  readonly #slots: number[] = []
  readonly #amounts: number[] = []
  #sum = 0

  constructor (windowMs: number) {
    this.#slotMs = windowMs / slotsPerWindow
  }

  /** Amounts that count now. */
  sum (nowMs: number): number {
    this.#forget(nowMs)
    return this.#sum
  }

  /** Adds an amount now; answers the slot it stands in. */
  add (amount: number, nowMs: number): number {
    this.#forget(nowMs)
    const slot = Math.max(this.#slotAt(nowMs), this.#slots.at(-1) ?? -Infinity) // a clock that goes back adds to the newest
    this.#put(slot, amount)
    return slot
  }

  /** Changes what stands in a slot. Where it counts no more, nothing is given back, and what is added counts from now. */
  adjust (slot: number, difference: number, nowMs: number): void {
    this.#forget(nowMs)
    if (slot >= this.#oldest(nowMs)) this.#put(slot, difference)
    else if (difference > 0) this.add(difference, nowMs)
  }

  /** Milliseconds until nothing counts any more. */
  resetMs (nowMs: number): number {
    this.#forget(nowMs)
    const newest = this.#slots.at(-1)
    return newest === undefined ? 0 : this.#leavesAt(newest) - nowMs
  }

  /** Milliseconds until at most `target` counts, were nothing added. */
  fallsToMs (target: number, nowMs: number): number {
    this.#forget(nowMs)
    let left = this.#sum
    for (const [index, slot] of this.#slots.entries()) {
      if (left <= target) return 0
      left -= this.#amounts[index] ?? 0
      if (left <= target) return this.#leavesAt(slot) - nowMs
    }
    return 0
  }

  /** What the slots hold, by how many slots ago that was. */
  ages (nowMs: number): Array<readonly [age: number, amount: number]> {
    this.#forget(nowMs)
    return this.#slots.map((slot, index) => [this.#slotAt(nowMs) - slot, this.#amounts[index] ?? 0] as const)
  }

  #put (slot: number, amount: number): void {
    let index = this.#slots.length
    while (index > 0 && (this.#slots[index - 1] ?? 0) > slot) index--
    if (this.#slots[index - 1] === slot) this.#amounts[index - 1] = (this.#amounts[index - 1] ?? 0) + amount
    else {
      this.#slots.splice(index, 0, slot)
      this.#amounts.splice(index, 0, amount)
    }
    this.#sum += amount
  }

  #forget (nowMs: number): void {
    const oldest = this.#oldest(nowMs)
    let gone = 0
    while (gone < this.#slots.length && (this.#slots[gone] ?? 0) < oldest) this.#sum -= this.#amounts[gone++] ?? 0
    if (gone === 0) return
    this.#slots.splice(0, gone)
    this.#amounts.splice(0, gone)
  }

  #slotAt (nowMs: number): number {
    return Math.floor(nowMs / this.#slotMs)
  }

  /** The oldest slot of which some part may lie in the window. */
  #oldest (nowMs: number): number {
    return this.#slotAt(nowMs) - slotsPerWindow
  }

  #leavesAt (slot: number): number {
    return (slot + slotsPerWindow + 1) * this.#slotMs
  }
}
