/**
 * Runs detectors over a text. Needs nothing of a gateway: the stage and the command line both use it.
 *
 * The text is folded, anchors are found in one pass, and each detector's bounded pattern is tried at its anchors alone, so
 * the work grows linearly with the text whatever stands in it.
 */
import { matchesLabel } from '../../../core/enforce/label.ts'
import { findAnchors } from './anchors.ts'
import { anchorWords, makeVocabulary, standsAfter, standsBefore, wordsIn, type Read, type Vocabulary } from './vocabulary.ts'
import type { Detector, Surroundings } from './detector.ts'
import { fold } from './fold.ts'
import { settleOverlaps, type Span } from './overlap.ts'

interface Prepared { readonly detector: Detector, readonly anchors: readonly number[], readonly context: readonly number[] }

/** Detectors made ready to run. */
export interface Detection {
  readonly detectors: readonly Prepared[]
  readonly vocabulary: Vocabulary
  /** 0-1000: findings below it are dropped. */
  readonly minimumConfidence: number
  /** Context words by key, as far as they were seen; bounded. */
  readonly keys: Map<string, ReadonlySet<number>>
}

/** @param labels globs of the labels to look for */
export function prepareDetection (all: readonly Detector[], labels: readonly string[], minimumConfidence: number): Detection {
  const chosen = all.filter(({ label }) => labels.some(glob => matchesLabel(glob, label)))
  const vocabulary = makeVocabulary(chosen)
  const detectors = chosen.map(detector => ({
    detector, anchors: indexesOfAnchors(detector, vocabulary), context: vocabulary.indexesOf(detector.context ?? [])
  }))
  return { detectors, vocabulary, minimumConfidence, keys: new Map() }
}

function indexesOfAnchors (detector: Detector, { words }: Vocabulary): number[] {
  return anchorWords(detector).map(word => words.indexOf(word))
}

/**
 * What the detectors find in a text.
 * @param keyPath keys and indexes that lead to the text; they count as context
 * @returns findings in the order of the text, offsets in UTF-16 units of `text`; never the values
 */
export function scanText (text: string, keyPath: readonly string[], detection: Detection): Span[] {
  const folded = fold(text)
  const read: Read = { text: folded.text, anchors: findAnchors(folded.text, detection.vocabulary.automaton), vocabulary: detection.vocabulary }
  const keys = keyWords(keyPath, detection)
  const found: Span[] = []
  for (const prepared of detection.detectors) {
    for (const at of placesOf(prepared, read, keys.own)) {
      const span = tryAt(prepared, read, keys.all, at)
      if (span !== null && span.confidence >= detection.minimumConfidence) found.push(inOriginal(span, folded.original))
    }
  }
  return settleOverlaps(found)
}

const start = [0]
const nowhere: readonly number[] = []

function * placesInOrder (words: readonly number[], read: Read, atEnd: boolean): Generator<number> {
  for (const word of words) {
    const back = atEnd ? 0 : read.vocabulary.words[word]?.length ?? 0
    for (const end of read.anchors.words.get(word) ?? nowhere) yield end - back
  }
}

function placesOf ({ detector, anchors, context }: Prepared, read: Read, ownKey: ReadonlySet<number>): Iterable<number> {
  switch (detector.anchor.kind) {
    case 'digits': return read.anchors.digits
    case 'at': return read.anchors.ats
    case 'words': return placesInOrder(anchors, read, false)
    case 'after': return placesInOrder(anchors, read, true)
    case 'whole': return context.some(word => ownKey.has(word)) ? start : nowhere
  }
}

function tryAt ({ detector, context }: Prepared, read: Read, keys: ReadonlySet<number>, at: number): Span | null {
  const { pattern, trim, weigh, label } = detector
  pattern.lastIndex = at
  const match = pattern.exec(read.text)
  if (match === null) return null
  const matchEnd = at + match[0].length
  const from = match.groups?.['value'] === undefined ? at - (match.groups?.['before']?.length ?? 0) : matchEnd - match.groups['value'].length
  const whole = read.text.slice(from, matchEnd)
  const value = trim === undefined ? whole : whole.slice(0, trim(whole))
  if (value === '') return null
  const end = from + value.length
  const confidence = weigh(value, surroundingsOf(read, context, keys, from, end))
  return confidence === 0 ? null : { label, detector: 'classify.patterns', confidence, start: from, end }
}

/** Looked up only where a check asks. */
function surroundingsOf (read: Read, context: readonly number[], keys: ReadonlySet<number>, from: number, end: number): Surroundings {
  const byKey = (): boolean => context.some(word => keys.has(word))
  return {
    get near () { return byKey() || standsBefore(read, context, from, false) || standsAfter(read, context, end) },
    get named () { return byKey() || standsBefore(read, context, from, true) }
  }
}

function inOriginal (span: Span, original: (start: number, end: number) => readonly [number, number]): Span {
  const [from, end] = original(span.start, span.end)
  return { ...span, start: from, end }
}

/** Keys further out say little about a value. */
const keysThatCount = 3
const keyMemory = 1000

function keyWords (keyPath: readonly string[], detection: Detection): { readonly own: ReadonlySet<number>, readonly all: ReadonlySet<number> } {
  const keys = keyPath.filter(key => !/^\d{1,9}$/.test(key)).slice(-keysThatCount).map(key => key.slice(-100))
  return { own: wordsOfKey(keys.at(-1) ?? '', detection), all: wordsOfKey(keys.join(' '), detection) }
}

function wordsOfKey (key: string, { vocabulary, keys }: Detection): ReadonlySet<number> {
  const before = keys.get(key)
  if (before !== undefined) return before
  const words = wordsIn({ text: key, anchors: findAnchors(key, vocabulary.automaton), vocabulary })
  if (keys.size < keyMemory) keys.set(key, words)
  return words
}
