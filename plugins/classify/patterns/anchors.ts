/** One pass over a text: where its numbers, its `@` and the known words stand. */
import type { Automaton } from './automaton.ts'

/** Places in the text, in ascending order. */
export interface Anchors {
  /** Starts of words that hold a digit. */
  readonly digits: readonly number[]
  /** Places of `@`. */
  readonly ats: readonly number[]
  /** Ends of known words, by the word's index; only words that were found. */
  readonly words: ReadonlyMap<number, readonly number[]>
}

export function findAnchors (text: string, { next, classOf, classes, ends }: Automaton): Anchors {
  const digits: number[] = []
  const ats: number[] = []
  const words = new Map<number, number[]>()
  let state = 0
  let wordStart = -1
  let isCounted = false
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (!isAlphanumeric(unit)) {
      wordStart = -1
      isCounted = false
      if (unit === 64) ats.push(index)
    } else {
      if (wordStart === -1) wordStart = index
      if (!isCounted && isDigit(unit)) {
        digits.push(wordStart)
        isCounted = true
      }
    }
    state = next[state * classes + (unit < 128 ? classOf[unit] ?? 0 : 0)] ?? 0
    const found = ends[state]
    if (found !== undefined && found.length > 0) note(words, found, index + 1)
  }
  return { digits, ats, words }
}

function note (words: Map<number, number[]>, found: readonly number[], end: number): void {
  for (const word of found) {
    const places = words.get(word)
    if (places === undefined) words.set(word, [end])
    else places.push(end)
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
    if (isDigit(unit)) count++
    if (isAlphanumeric(unit)) {
      isLetters = (isLetters || gap > 0) && !isDigit(unit)
      gap = 0
    } else {
      if (isLetters) break
      gap++
    }
  }
  return count
}

export function isDigit (unit: number): boolean {
  return unit >= 48 && unit <= 57
}

export function isAlphanumeric (unit: number): boolean {
  return (unit >= 97 && unit <= 122) || isDigit(unit) || (unit >= 65 && unit <= 90)
}
