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
    for (const word of ends[state] ?? []) {
      const places = words.get(word)
      if (places === undefined) words.set(word, [index + 1])
      else places.push(index + 1)
    }
  }
  return { digits, ats, words }
}

export function isDigit (unit: number): boolean {
  return unit >= 48 && unit <= 57
}

export function isAlphanumeric (unit: number): boolean {
  return (unit >= 97 && unit <= 122) || isDigit(unit) || (unit >= 65 && unit <= 90)
}
