/**
 * Collections for what comes and goes. A Map or Set whose entries are replaced all the time outgrows one table after another, and V8
 * links each to the next: as soon as one of them has grown old, all that ever stood in the later ones survives with it until the next
 * full collection. Measured, that kept everything a request had made. These leave nothing behind.
 */

/** By places, which are taken again. */
export class Slots<T> implements Iterable<T> {
  readonly #items: Array<T | undefined> = []
  readonly #free: number[] = []

  get size (): number { return this.#items.length - this.#free.length }

  /** The place that `add` gives next. */
  get next (): number { return this.#free.at(-1) ?? this.#items.length }

  /** Puts it in a free place; answers which. */
  add (item: T): number {
    const place = this.next
    this.#free.pop()
    this.#items[place] = item
    return place
  }

  /** Frees a place, which may then be given to something else; undefined where it was free already. */
  take (place: number): T | undefined {
    const item = this.#items[place]
    if (item === undefined) return undefined
    this.#items[place] = undefined
    this.#free.push(place)
    return item
  }

  clear (): void {
    this.#items.length = 0
    this.#free.length = 0
  }

  * [Symbol.iterator] (): Generator<T, void> {
    for (const item of this.#items) if (item !== undefined) yield item
  }
}

/** By names. */
export class Names<T> {
  readonly #items: Record<string, T> = Object.setPrototypeOf({}, null)
  #size = 0

  get size (): number { return this.#size }

  get (name: string): T | undefined {
    return this.#items[name]
  }

  set (name: string, item: T): void {
    if (this.#items[name] === undefined) this.#size++
    this.#items[name] = item
  }

  delete (name: string): void {
    if (this.#items[name] === undefined) return
    Reflect.deleteProperty(this.#items, name)
    this.#size--
  }

  keys (): string[] {
    return Object.keys(this.#items)
  }
}
