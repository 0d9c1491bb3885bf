/**
 * Which of many patterns may begin at a place: their prefixes laid side by side, a bit each, so that one pass over the first
 * units leaves those that are still possible (Baeza-Yates and Gonnet's shift-and, over classes).
 */
import type { Prefix } from './prefix.ts'

/** Rows of a table: 128 ASCII units, all beyond, and where there is none: beyond the end of the text, before its beginning. */
const rows = 130
const endRow = 129

export class Starts {
  /** What the last {@link at} left: bit n of word m stands for pattern 32 m + n. */
  readonly left: Uint32Array
  readonly #words: number
  readonly #tables: readonly Uint32Array[]
  /** What may stand before. */
  readonly #before: Uint32Array

  constructor (prefixes: readonly Prefix[]) {
    this.#words = Math.max(1, Math.ceil(prefixes.length / 32))
    this.left = new Uint32Array(this.#words)
    const places = Math.max(0, ...prefixes.map(({ length }) => length))
    this.#tables = Array.from({ length: places }, (_, place) => this.#tableOf(prefixes, ({ table, length }, row) => place >= length || (row < endRow && ((table[row] ?? 0) >> place & 1) === 1)))
    this.#before = this.#tableOf(prefixes, ({ before }, row) => before === null || before[row] === 1)
  }

  /**
   * Leaves the patterns that may begin at `at`. False where there are none.
   * @param asked the patterns in question, as bits
   */
  at (text: string, at: number, asked: Uint32Array): boolean {
    const left = this.left
    const words = this.#words
    const before = (at === 0 ? endRow : Math.min(text.charCodeAt(at - 1), 128)) * words
    for (let word = 0; word < words; word++) left[word] = (asked[word] ?? 0) & (this.#before[before + word] ?? 0)
    for (let place = 0; place < this.#tables.length; place++) {
      const table = this.#tables[place]
      if (table === undefined) break
      const unit = at + place < text.length ? text.charCodeAt(at + place) : -1
      const row = (unit === -1 ? endRow : unit < 128 ? unit : 128) * words
      let some = 0
      for (let word = 0; word < words; word++) some |= left[word] = (left[word] ?? 0) & (table[row + word] ?? 0)
      if (some === 0) return false
    }
    return true
  }

  /** Bits of the patterns that `isAsked` accepts. */
  bits (count: number, isAsked: (index: number) => boolean): Uint32Array {
    const bits = new Uint32Array(this.#words)
    for (let index = 0; index < count; index++) if (isAsked(index)) setBit(bits, index)
    return bits
  }

  #tableOf (prefixes: readonly Prefix[], takes: (prefix: Prefix, row: number) => boolean): Uint32Array {
    const table = new Uint32Array(rows * this.#words)
    prefixes.forEach((prefix, index) => {
      for (let row = 0; row < rows; row++) if (takes(prefix, row)) setBit(table, index, row * this.#words)
    })
    return table
  }
}

function setBit (bits: Uint32Array, index: number, offset = 0): void {
  const word = offset + (index >> 5)
  bits[word] = (bits[word] ?? 0) | (1 << (index & 31))
}
