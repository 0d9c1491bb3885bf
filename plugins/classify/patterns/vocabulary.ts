/** The words that detectors are anchored at or lean on, and where they stand near a value. */
import { isAlphanumeric, type Anchors } from './anchors.ts'
import { buildAutomaton, type Automaton } from './automaton.ts'
import type { Detector } from './detector.ts'

/** How far a context word may stand before a value, and after it, in UTF-16 units. */
const before = 40
const after = 24

export interface Vocabulary {
  readonly words: readonly string[]
  readonly automaton: Automaton
  /** Indexes of a word: itself and, where it has spaces, itself without (`patientId`). */
  indexesOf (words: readonly string[]): readonly number[]
}

export function makeVocabulary (detectors: readonly Detector[]): Vocabulary {
  const words = [...new Set(detectors.flatMap(detector => [...anchorWords(detector), ...(detector.context ?? []).flatMap(variants)]))].sort()
  const indexes = new Map(words.map((word, index) => [word, index]))
  return {
    words,
    automaton: buildAutomaton(words),
    indexesOf: asked => [...new Set(asked.flatMap(variants))].map(word => indexes.get(word)).filter(index => index !== undefined)
  }
}

/** The words a detector is anchored at. */
export function anchorWords ({ anchor }: Detector): readonly string[] {
  return 'words' in anchor ? anchor.words : []
}

function variants (word: string): readonly string[] {
  return word.includes(' ') ? [word, word.replaceAll(' ', '')] : [word]
}

/** A text with its anchors and the vocabulary they were found by. */
export interface Read { readonly text: string, readonly anchors: Anchors, readonly vocabulary: Vocabulary }

/** True where one of the words ends at most 40 units before `start`, with no other number or sentence between where `strict`. */
export function standsBefore ({ text, anchors, vocabulary }: Read, words: readonly number[], start: number, strict: boolean): boolean {
  return words.some(word => {
    const places = anchors.words.get(word)
    if (places === undefined) return false
    for (let index = countUpTo(places, start) - 1; index >= 0; index--) {
      const end = places[index] ?? 0
      if (start - end > before) return false
      if (isWord(text, end - lengthOf(vocabulary, word), end) && !(strict && isInterrupted(text.slice(end, start)))) return true
    }
    return false
  })
}

/** True where one of the words begins at most 24 units after `end`. */
export function standsAfter ({ text, anchors, vocabulary }: Read, words: readonly number[], end: number): boolean {
  return words.some(word => {
    const places = anchors.words.get(word)
    if (places === undefined) return false
    const length = lengthOf(vocabulary, word)
    for (let index = countUpTo(places, end + length - 1); index < places.length; index++) {
      const start = (places[index] ?? 0) - length
      if (start - end > after) return false
      if (isWord(text, start, start + length)) return true
    }
    return false
  })
}

/** All words that stand in a text as words. */
export function wordsIn ({ text, anchors, vocabulary }: Read): ReadonlySet<number> {
  const found = [...anchors.words].filter(([word, places]) => places.some(end => isWord(text, end - lengthOf(vocabulary, word), end)))
  return new Set(found.map(([word]) => word))
}

function lengthOf ({ words }: Vocabulary, word: number): number {
  return words[word]?.length ?? 0
}

/** How many of the ascending places are at most `limit`. */
function countUpTo (places: readonly number[], limit: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** A word is bounded by what is no letter, or by a change of case (`patientMrn`); a plural s may follow. */
function isWord (text: string, start: number, end: number): boolean {
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

/** True where another number or another sentence stands between a word and a value. */
function isInterrupted (gap: string): boolean {
  return /\d|[.;!?]\s{1,4}[A-Za-z]/.test(gap)
}
