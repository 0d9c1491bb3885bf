/** The words that detectors are anchored at or lean on. */
import type { WordRoles } from './anchors.ts'
import { buildAutomaton, type Automaton } from './automaton.ts'
import type { Detector } from './detector.ts'

/** A set of words: 1 at the index of each. */
export type WordSet = Uint8Array

export interface Vocabulary {
  readonly words: readonly string[]
  readonly automaton: Automaton
  readonly roles: WordRoles
  /** Length of the longest word. */
  readonly longest: number
  /** A word brings itself and, where it has spaces, itself without (`patientId`). */
  setOf (words: readonly string[]): WordSet
}

export function makeVocabulary (detectors: readonly Detector[]): Vocabulary {
  const anchors = new Set(detectors.flatMap(anchorWords))
  const context = new Set(detectors.flatMap(detector => (detector.context ?? []).flatMap(variants)))
  const words = [...new Set([...anchors, ...context])].sort()
  const indexes = new Map(words.map((word, index) => [word, index]))
  return {
    words,
    automaton: buildAutomaton(words),
    roles: {
      anchors: Uint8Array.from(words, word => anchors.has(word) ? 1 : 0),
      context: Uint8Array.from(words, word => context.has(word) ? 1 : 0),
      lengths: Uint16Array.from(words, ({ length }) => length)
    },
    longest: Math.max(0, ...words.map(({ length }) => length)),
    setOf: asked => {
      const set = new Uint8Array(words.length)
      for (const word of asked.flatMap(variants)) set[indexes.get(word) ?? words.length] = 1
      return set
    }
  }
}

/** The words a detector is anchored at. */
export function anchorWords ({ anchor }: Detector): readonly string[] {
  return 'words' in anchor ? anchor.words : []
}

function variants (word: string): readonly string[] {
  return word.includes(' ') ? [word, word.replaceAll(' ', '')] : [word]
}
