/** One pass over a text: where its numbers, its `@`, its long words and the known words stand. */
import { classMask, hasEnds, isAtUnit, isDigitUnit, isEscapeUnit, isUpperUnit, stateMask, type Automaton } from './automaton.ts'

/** Numbers in ascending order; grows, and is used again for the next text. */
export class Places {
  items = new Int32Array(64)
  count = 0

  push (item: number): void {
    if (this.count === this.items.length) {
      const grown = new Int32Array(this.count * 2)
      grown.set(this.items)
      this.items = grown
    }
    this.items[this.count++] = item
  }

  /** Drops the first `count`. */
  drop (count: number): void {
    this.items.copyWithin(0, count, this.count)
    this.count -= count
  }
}

/** Ends of words in the text, with the words' indexes. */
export class WordPlaces {
  readonly ends = new Places()
  readonly words = new Places()

  push (word: number, end: number): void {
    this.words.push(word)
    this.ends.push(end)
  }

  get count (): number {
    return this.ends.count
  }

  /** Drops what ends before `place`. */
  forget (place: number): void {
    const { items, count } = this.ends
    let stale = 0
    while (stale < count && (items[stale] ?? 0) < place) stale++
    this.ends.drop(stale)
    this.words.drop(stale)
  }

  clear (): void {
    this.ends.count = 0
    this.words.count = 0
  }
}

/** Which of the words are looked for where. By index: 1 or 0. */
export interface WordRoles {
  /** Their places are anchors, wherever they stand. */
  readonly anchors: Uint8Array
  /** Their places count as context, where they stand as words. */
  readonly context: Uint8Array
  /** Their lengths. */
  readonly lengths: Uint16Array
}

/** From this length on a run of letters and digits may be encoded text. */
const longRun = 12

/** So many pairs make a row, at most so far from each other. */
const leastRow = 6
const longestGap = 9

/** Reads a text from its start to its end, in as many steps as one likes. Made once, used for many texts. */
export class AnchorReader {
  /** Starts of words that hold a digit. */
  readonly numbers = new Places()
  /** Places of `@`. */
  readonly ats = new Places()
  /** Starts of long runs of letters and digits that have some capital or digit: what encoded text looks like. */
  readonly runs = new Places()
  readonly anchorWords = new WordPlaces()
  readonly contextWords = new WordPlaces()
  /** True where something stands in the text that may begin an escape. */
  hasEscapes = false
  /** Starts of rows of words of two units that hold a digit, `0x` before them or not: hexadecimal digits in pairs. */
  readonly pairs = new Places()
  readonly #automaton: Automaton
  readonly #roles: WordRoles
  #text = ''
  #at = 0
  #state = 0
  /** End of the last word that was looked at. */
  #wordEnd = 0
  /** The row of pairs that goes on here: how many, and where they begin and end. */
  #row = 0
  #rowStart = 0
  #rowEnd = 0

  constructor (automaton: Automaton, roles: WordRoles) {
    this.#automaton = automaton
    this.#roles = roles
  }

  /** @param at where to begin: what began before is not seen */
  open (text: string, at = 0): void {
    this.#text = text
    this.#at = at
    this.#state = 0
    this.#wordEnd = 0
    this.hasEscapes = false
    this.pairs.count = 0
    this.#row = 0
    this.numbers.count = 0
    this.ats.count = 0
    this.runs.count = 0
    this.anchorWords.clear()
    this.contextWords.clear()
  }

  /** Reads on until `to`. */
  read (to: number): void {
    const { next, shift, about } = this.#automaton
    const text = this.#text
    let state = this.#state
    let wordEnd = this.#wordEnd
    let seen = 0
    for (let index = this.#at; index < to; index++) {
      const unit = text.charCodeAt(index)
      const kind = about[unit < 128 ? unit : 128] ?? 0
      state = next[((state & stateMask) << shift) | (kind & classMask)] ?? 0
      if ((state & hasEnds) !== 0) this.#note(state & stateMask, index + 1)
      if (kind <= classMask) continue
      seen |= kind
      if ((kind & (isDigitUnit | isUpperUnit)) !== 0) {
        if (index >= wordEnd) wordEnd = this.#noteWord(index, wordEnd)
      } else if ((kind & isAtUnit) !== 0) this.ats.push(index)
    }
    this.#at = to
    this.#state = state
    this.#wordEnd = wordEnd
    if ((seen & isEscapeUnit) !== 0) this.hasEscapes = true
  }

  /** Looks at a word that has a digit or a capital: each once, whatever it holds. Answers where it ends. */
  #noteWord (index: number, from: number): number {
    const text = this.#text
    let start = index
    while (start > from && isAlphanumeric(text.charCodeAt(start - 1))) start--
    let hasDigit = false
    let end = index
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end)
      if (isDigit(unit)) hasDigit = true
      else if (!isAlphanumeric(unit)) break
    }
    if (hasDigit) {
      this.numbers.push(start)
      this.#notePair(start, end)
    }
    if (end - start >= longRun) this.runs.push(start)
    return end
  }

  /** Text in pairs of digits has one in each of them, but for some letters of other scripts. */
  #notePair (start: number, end: number): void {
    if (end - start !== 2 && (end - start !== 4 || (this.#text.charCodeAt(start + 1) | 32) !== 120)) {
      this.#row = 0
      return
    }
    if (this.#row === 0 || start - this.#rowEnd > longestGap) {
      this.#row = 0
      this.#rowStart = start
    }
    this.#rowEnd = end
    if (++this.#row === leastRow) this.pairs.push(this.#rowStart)
  }

  #note (state: number, end: number): void {
    const { anchors, context, lengths } = this.#roles
    for (const word of this.#automaton.ends[state] ?? []) {
      if (anchors[word] === 1) this.anchorWords.push(word, end)
      if (context[word] === 1 && isWord(this.#text, end - (lengths[word] ?? 0), end)) this.contextWords.push(word, end)
    }
  }
}

/** How far a number may reach, in units. */
const reach = 48

/**
 * How many digits a number that begins at `at` can have: those of words with digits that follow each other, at most three
 * units of punctuation apart.
 */
export function digitsAhead (text: string, at: number): number {
  const limit = Math.min(text.length, at + reach)
  let count = 0
  let gap = 0
  let isLetters = false
  for (let index = at; index < limit && gap < 4; index++) {
    const unit = text.charCodeAt(index)
    const kind = unit < 128 ? kinds[unit] : 0
    if (kind === aDigit) {
      count++
      isLetters = false
      gap = 0
    } else if (kind === aLetter) {
      isLetters = isLetters || gap > 0
      gap = 0
    } else {
      if (isLetters) break
      gap++
    }
  }
  return count
}

/** A word is bounded by what is no letter, or by a change of case (`patientMrn`); a plural s may follow. */
export function isWord (text: string, start: number, end: number): boolean {
  return beginsWord(text, start) && (endsWord(text, end) || ((text.charCodeAt(end) | 32) === 115 && endsWord(text, end + 1)))
}

function beginsWord (text: string, start: number): boolean {
  return start === 0 || !isAlphanumeric(text.charCodeAt(start - 1)) || (isUpper(text, start) && !isUpper(text, start - 1))
}

function endsWord (text: string, end: number): boolean {
  return end >= text.length || !isLetter(text.charCodeAt(end)) || (isUpper(text, end) && !isUpper(text, end - 1))
}

function isLetter (unit: number): boolean {
  return (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
}

function isUpper (text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 65 && unit <= 90
}

export function isDigit (unit: number): boolean {
  return unit >= 48 && unit <= 57
}

const aDigit = 1
const aLetter = 2

/** Of ASCII units: a digit, a letter, or none of them. */
const kinds = Uint8Array.from({ length: 128 }, (_, unit) => isDigit(unit) ? aDigit : isLetter(unit) ? aLetter : 0)

export function isAlphanumeric (unit: number): boolean {
  return unit < 128 && kinds[unit] !== 0
}
