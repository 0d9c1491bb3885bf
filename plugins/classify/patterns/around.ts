/** Where context words stand near a value: before it, after it, and in the keys that lead to it. */
import type { AnchorReader, WordPlaces } from './anchors.ts'
import type { Surroundings } from './detector.ts'
import type { KeyWords } from './keys.ts'
import type { NearWord } from './overlap.ts'
import type { Vocabulary, WordSet } from './vocabulary.ts'

/** How far a context word may stand before a value, and after it, in UTF-16 units. */
const before = 40
const after = 24

/** How far a value reaches to the left of its anchor, and to its right, where the detector needs a word near it. */
const longestLead = 64
const longestValue = 128

/** What must be known of a text beyond a value to judge it. */
export const reachOfContext = 64

/** Of the longest word of each set. */
const lengths = new WeakMap<WordSet, number>()

/** Looks around one value after another: only where a check asks. */
export class Around implements Surroundings {
  readonly #vocabulary: Vocabulary
  #text = ''
  #places: WordPlaces | null = null
  readonly #keys: KeyWords
  #keyPath: readonly string[] = []
  #context: WordSet = new Uint8Array(0)
  #from = 0
  #end = 0
  /** True once an answer hung on what may still follow the end of the text. */
  reachedEnd = false
  /** What is taken for the answer about words after the value; null: what stands there. */
  assumed: boolean | null = null

  constructor (vocabulary: Vocabulary, keys: KeyWords) {
    this.#vocabulary = vocabulary
    this.#keys = keys
  }

  open (text: string, { contextWords }: AnchorReader, keyPath: readonly string[]): void {
    this.#text = text
    this.#places = contextWords
    this.#keyPath = keyPath
  }

  /** The value to look around, and the words to look for. */
  at (context: WordSet, from: number, end: number): this {
    this.#context = context
    this.#from = from
    this.#end = end
    return this
  }

  /** False where none of the words stands near any value that is anchored at a place. */
  mayStand (words: WordSet, anchor: number): boolean {
    const places = this.#places
    if (places === null) return false
    const from = anchor - longestLead - before
    const to = anchor + longestValue + after + this.#vocabulary.longest
    for (let index = countUpTo(places, from - 1); index < places.count && (places.ends.items[index] ?? 0) <= to; index++) {
      if (words[places.words.items[index] ?? 0] === 1) return true
    }
    return this.#keyPath.length > 0 && this.#keys.all(this.#keyPath).some(word => words[word] === 1)
  }

  get near (): boolean {
    return this.#standsBefore(false) || this.#standsAfter() || this.#isInKeys()
  }

  get named (): boolean {
    return this.#standsBefore(true) || this.#isInKeys()
  }

  get word (): string | null {
    const word = this.#wordBefore(false) ?? this.#wordInKeys()
    return word === null ? null : this.#vocabulary.words[word] ?? null
  }

  /** Which of the words is near, and where: the nearest before it, else after it, else in its keys. */
  nearest (): NearWord | null {
    const { words } = this.#vocabulary
    const before = this.#wordBefore(false)
    if (before !== null) return { word: words[before] ?? '', where: 'before' }
    const after = this.#places === null ? null : this.#wordAfter(this.#places)
    if (after !== null) return { word: words[after] ?? '', where: 'after' }
    const key = this.#wordInKeys()
    return key === null ? null : { word: words[key] ?? '', where: 'key' }
  }

  #isInKeys (): boolean {
    return this.#wordInKeys() !== null
  }

  #wordInKeys (): number | null {
    return this.#keyPath.length > 0 ? this.#keys.all(this.#keyPath).find(word => this.#context[word] === 1) ?? null : null
  }

  /** True where one of the words ends at most 40 units before the value, with no other number or sentence between where `strict`. */
  #standsBefore (strict: boolean): boolean {
    return this.#wordBefore(strict) !== null
  }

  #wordBefore (strict: boolean): number | null {
    const places = this.#places
    if (places === null) return null
    const ends = places.ends.items
    for (let index = countUpTo(places, this.#from) - 1; index >= 0; index--) {
      const end = ends[index] ?? 0
      if (this.#from - end > before) return null
      const word = places.words.items[index] ?? 0
      if (this.#context[word] !== 1) continue
      if (!strict || !isInterrupted(this.#text.slice(end, this.#from))) return word
    }
    return null
  }

  /** True where one of the words begins at most 24 units after the value. */
  #standsAfter (): boolean {
    const places = this.#places
    if (places === null) return false
    if (this.assumed !== null) return this.assumed
    const isWithin = this.#wordAfter(places) !== null
    if (!isWithin && this.#end + after + this.#longestOf(this.#context) + 2 > this.#text.length) this.reachedEnd = true
    return isWithin
  }

  #longestOf (context: WordSet): number {
    let longest = lengths.get(context)
    if (longest === undefined) {
      longest = context.reduce((most, isIn, word) => isIn === 1 ? Math.max(most, this.#vocabulary.roles.lengths[word] ?? 0) : most, 0)
      lengths.set(context, longest)
    }
    return longest
  }

  #wordAfter (places: WordPlaces): number | null {
    const { lengths: widths } = this.#vocabulary.roles
    for (let index = countUpTo(places, this.#end); index < places.count; index++) {
      const end = places.ends.items[index] ?? 0
      if (end - this.#end > after + this.#vocabulary.longest) return null
      const word = places.words.items[index] ?? 0
      const start = end - (widths[word] ?? 0)
      if (this.#context[word] !== 1 || start < this.#end || start - this.#end > after) continue
      this.reachedEnd ||= end + 1 >= this.#text.length // it may be the beginning of another word
      return word
    }
    return null
  }
}

/** How many of the words end at most at `limit`. */
function countUpTo ({ ends: { items, count } }: WordPlaces, limit: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if ((items[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** True where another number or another sentence stands between a word and a value. */
function isInterrupted (gap: string): boolean {
  return /\d|[.;!?]\s{1,4}[A-Za-z]/.test(gap)
}
