/**
 * Runs detectors over a text. Needs nothing of a gateway: the stage and the command line both use it.
 *
 * The text is folded, anchors are found in one pass, and each detector's bounded pattern is tried at its anchors alone, so
 * the work grows linearly with the text whatever stands in it.
 */
import { matchesLabel } from '../../../core/enforce/label.ts'
import { digitsAhead, findAnchors } from './anchors.ts'
import { anchorWords, makeVocabulary, standsAfter, standsBefore, wordsIn, type Read, type Vocabulary } from './vocabulary.ts'
import type { Anchor, Detector, Surroundings } from './detector.ts'
import { fold } from './fold.ts'
import { settleOverlaps, type Span } from './overlap.ts'

interface Prepared { readonly detector: Detector, readonly context: readonly number[] }

/** Detectors made ready to run, by where they are tried. */
export interface Detection {
  readonly detectors: readonly Detector[]
  readonly digits: readonly Prepared[]
  readonly ats: readonly Prepared[]
  readonly whole: readonly Prepared[]
  /** By the word's index. */
  readonly words: ReadonlyMap<number, ReadonlyArray<{ readonly prepared: Prepared, readonly atEnd: boolean }>>
  readonly vocabulary: Vocabulary
  /** 0-1000: findings below it are dropped. */
  readonly minimumConfidence: number
}

/** @param labels globs of the labels to look for */
export function prepareDetection (all: readonly Detector[], labels: readonly string[], minimumConfidence: number): Detection {
  const detectors = all.filter(({ label }) => labels.some(glob => matchesLabel(glob, label)))
  const vocabulary = makeVocabulary(detectors)
  const prepared = detectors.map(detector => ({ detector, context: vocabulary.indexesOf(detector.context ?? []) }))
  const anchored = (kind: Anchor['kind']): Prepared[] => prepared.filter(({ detector }) => detector.anchor.kind === kind)
  return {
    detectors,
    digits: anchored('digits'),
    ats: anchored('at'),
    whole: anchored('whole'),
    words: byWord(prepared, vocabulary),
    vocabulary,
    minimumConfidence
  }
}

function byWord (all: readonly Prepared[], { words }: Vocabulary): Detection['words'] {
  const places = new Map<number, Array<{ prepared: Prepared, atEnd: boolean }>>()
  for (const prepared of all) {
    for (const word of new Set(anchorWords(prepared.detector))) {
      const index = words.indexOf(word)
      const there = places.get(index) ?? []
      there.push({ prepared, atEnd: prepared.detector.anchor.kind === 'after' })
      places.set(index, there)
    }
  }
  return places
}

/**
 * What the detectors find in a text.
 * @param keyPath keys and indexes that lead to the text; they count as context
 * @returns findings in the order of the text, offsets in UTF-16 units of `text`; never the values
 */
export function scanText (text: string, keyPath: readonly string[], detection: Detection): Span[] {
  const folded = fold(text)
  const anchors = findAnchors(folded.text, detection.vocabulary.automaton)
  const read: Read = { text: folded.text, anchors, vocabulary: detection.vocabulary }
  const keys = keyWords(keyPath, detection)
  const found: Span[] = []
  const attempt = (prepared: Prepared, at: number): void => {
    const span = tryAt(prepared, read, keys.all, at)
    if (span !== null && span.confidence >= detection.minimumConfidence) found.push(inOriginal(span, folded.original))
  }
  attemptNumbers(detection.digits, read, attempt)
  for (const at of anchors.ats) for (const prepared of detection.ats) attempt(prepared, at)
  for (const [word, ends] of anchors.words) attemptWord(detection, word, ends, attempt)
  for (const prepared of detection.whole) if (prepared.context.some(word => keys.own.has(word))) attempt(prepared, 0)
  return settleOverlaps(found)
}

type Attempt = (prepared: Prepared, at: number) => void

/** Most numbers in a text are short: what needs more digits is not even tried. One pattern runs through before the next. */
function attemptNumbers (detectors: readonly Prepared[], { text, anchors }: Read, attempt: Attempt): void {
  const digits = anchors.digits.map(at => digitsAhead(text, at))
  for (const prepared of detectors) {
    const fewest = prepared.detector.fewestDigits ?? 1
    anchors.digits.forEach((at, index) => { if ((digits[index] ?? 0) >= fewest) attempt(prepared, at) })
  }
}

function attemptWord ({ words, vocabulary }: Detection, word: number, ends: readonly number[], attempt: Attempt): void {
  const length = vocabulary.words[word]?.length ?? 0
  for (const { prepared, atEnd } of words.get(word) ?? []) {
    for (const end of ends) attempt(prepared, atEnd ? end : end - length)
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

interface KeyWords { readonly own: ReadonlySet<number>, readonly all: ReadonlySet<number> }

/** Keys further out say little about a value. */
const keysThatCount = 3

/** Worked out anew for each text: keys are the caller's words, which nothing here may keep. */
function keyWords (keyPath: readonly string[], detection: Detection): KeyWords {
  const keys = nearestKeys(keyPath)
  const own = wordsOfKey(keys.at(-1) ?? '', detection)
  return { own, all: keys.length < 2 ? own : wordsOfKey(keys.join(' '), detection) }
}

/** The last keys, indexes left out, the value's own at the end. */
function nearestKeys (keyPath: readonly string[]): string[] {
  const keys: string[] = []
  for (let index = keyPath.length - 1; index >= 0 && keys.length < keysThatCount; index--) {
    const key = keyPath[index] ?? ''
    if (!/^\d{1,9}$/.test(key)) keys.unshift(key.slice(-100))
  }
  return keys
}

function wordsOfKey (key: string, { vocabulary }: Detection): ReadonlySet<number> {
  return wordsIn({ text: key, anchors: findAnchors(key, vocabulary.automaton), vocabulary })
}
