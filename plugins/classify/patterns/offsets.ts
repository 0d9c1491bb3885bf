/** The way back from a text that detectors read to the one it was made of. */

/** Where a span of the derived text stands in the original, in UTF-16 units. */
export type Original = (start: number, end: number) => readonly [start: number, end: number]

export const unchanged: Original = (start, end) => [start, end]

/**
 * Stretches that were replaced; between them both texts run side by side. A place within a replaced stretch leads back to
 * the whole of it.
 */
export class Offsets {
  /** Of each stretch: where it stands in the derived text, how long it is there, where it stood and how long it was. */
  readonly #stretches: Array<readonly [at: number, length: number, original: number, width: number]> = []

  /** Stretches come in ascending order. */
  replaced (at: number, length: number, original: number, width: number): void {
    this.#stretches.push([at, length, original, width])
  }

  readonly original: Original = (start, end) => [this.#startOf(start), end === start ? this.#startOf(start) : this.#endOf(end)]

  #startOf (place: number): number {
    const stretch = this.#before(place)
    if (stretch === undefined) return place
    const [at, length, original, width] = stretch
    return place < at + length ? original : original + width + place - at - length
  }

  #endOf (place: number): number {
    const stretch = this.#before(place - 1)
    if (stretch === undefined) return place
    const [at, length, original, width] = stretch
    return place - 1 < at + length ? original + width : original + width + place - at - length
  }

  /** The last stretch that begins at most at `place`. */
  #before (place: number): readonly [number, number, number, number] | undefined {
    let low = 0
    let high = this.#stretches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#stretches[middle]?.[0] ?? 0) <= place) low = middle + 1
      else high = middle
    }
    return this.#stretches[low - 1]
  }
}
