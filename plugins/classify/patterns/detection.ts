/** Detectors made ready to run: by where they are tried, and by how their patterns begin. */
import { matchesLabel } from '../../../core/enforce/label.ts'
import type { Allowed } from './custom/allow.ts'
import type { Detector } from './detector.ts'
import { prefixOf, type Prefix } from './prefix.ts'
import { Starts } from './starts.ts'
import { anchorWords, makeVocabulary, type Vocabulary, type WordSet } from './vocabulary.ts'

export interface Prepared {
  readonly detector: Detector
  readonly context: WordSet
}

/** Detectors that share a pattern: it runs once for all of them. */
export interface Group {
  readonly pattern: RegExp
  readonly prefix: Prefix
  /** True where the match alone does not say where the value stands. */
  readonly hasGroups: boolean
  readonly members: readonly Prepared[]
  readonly fewestDigits: number
  /** Words of which one must stand near; null where some member asks for none. */
  readonly needed: Needed | null
  /** True where the pattern is tried at the end of a word. */
  readonly isAfter: boolean
}

export interface Needed {
  readonly words: WordSet
  /** True where they stand before, for all members. */
  readonly isBefore: boolean
}

/** Groups to try at numbers, or anywhere. */
export interface Numbers {
  readonly groups: readonly Group[]
  readonly starts: Starts
  /** Bits of the groups to try at a number that can have so many digits; the last entry stands for all beyond. */
  readonly byDigits: readonly Uint32Array[]
}

export interface Detection {
  readonly detectors: readonly Detector[]
  readonly numbers: Numbers
  /** Groups to try at every place. */
  readonly anywhere: Numbers
  readonly ats: readonly Group[]
  readonly whole: readonly Group[]
  /** By the word's index. */
  readonly words: ReadonlyArray<readonly Group[]>
  readonly vocabulary: Vocabulary
  /** 0-1000: findings below it are dropped. */
  readonly minimumConfidence: number
  /** True for values that count as nothing; null where there are none. */
  readonly allowed: Allowed | null
}

/** No detector asks for more digits than this. */
const mostDigits = 24

/** Detectors whose labels match. */
export function selectDetectors (all: readonly Detector[], labels: readonly string[]): Detector[] {
  return all.filter(({ label }) => labels.some(glob => matchesLabel(glob, label)))
}

/** @param labels globs of the labels to look for */
export function prepareDetection (all: readonly Detector[], labels: readonly string[], minimumConfidence: number, allowed: Allowed | null = null): Detection {
  const detectors = selectDetectors(all, labels)
  const vocabulary = makeVocabulary(detectors)
  const prepared = detectors.map(detector => ({ detector, context: vocabulary.setOf(detector.context ?? []) }))
  const groupsOf = (isIn: (detector: Detector) => boolean): readonly Group[] => grouped(prepared.filter(({ detector }) => isIn(detector)))
  return {
    detectors,
    numbers: numbersOf(groupsOf(({ anchor }) => anchor.kind === 'digits')),
    anywhere: numbersOf(groupsOf(({ anchor }) => anchor.kind === 'anywhere')),
    ats: groupsOf(({ anchor }) => anchor.kind === 'at'),
    whole: groupsOf(({ anchor }) => anchor.kind === 'whole'),
    words: groupsByWord(prepared, vocabulary),
    vocabulary,
    minimumConfidence,
    allowed
  }
}

function numbersOf (groups: readonly Group[]): Numbers {
  const starts = new Starts(groups.map(({ prefix }) => prefix))
  const byDigits = Array.from({ length: mostDigits + 1 }, (_, digits) => starts.bits(groups.length, index => (groups[index]?.fewestDigits ?? 0) <= digits))
  return { groups, starts, byDigits }
}

function groupsByWord (all: readonly Prepared[], { words }: Vocabulary): Detection['words'] {
  const byWord = new Map<string, Prepared[]>()
  for (const prepared of all) {
    for (const word of new Set(anchorWords(prepared.detector))) byWord.set(word, [...byWord.get(word) ?? [], prepared])
  }
  return words.map(word => grouped(byWord.get(word) ?? []))
}

function grouped (all: readonly Prepared[]): readonly Group[] {
  const groups = new Map<string, Prepared[]>()
  for (const prepared of all) {
    const { pattern, anchor, fewestDigits } = prepared.detector
    const key = `${String(pattern)} ${anchor.kind} ${fewestDigits ?? 1}`
    const members = groups.get(key)
    if (members === undefined) groups.set(key, [prepared])
    else members.push(prepared)
  }
  return [...groups.values()].flatMap(members => {
    const [first] = members
    return first === undefined ? [] : [groupOf(first.detector, members)]
  })
}

function groupOf ({ pattern, anchor, fewestDigits }: Detector, members: readonly Prepared[]): Group {
  return {
    pattern,
    prefix: prefixFor(pattern),
    hasGroups: pattern.source.includes('(?<value>') || pattern.source.includes('(?<before>'),
    members,
    fewestDigits: Math.min(fewestDigits ?? 1, mostDigits),
    needed: neededBy(members),
    isAfter: anchor.kind === 'after'
  }
}

function neededBy (members: readonly Prepared[]): Needed | null {
  if (members.some(({ detector }) => detector.needs === undefined)) return null
  const words = members.reduce<WordSet | null>((all, { context }) => all === null ? context.slice() : all.map((isIn, index) => isIn | (context[index] ?? 0)), null)
  return words === null ? null : { words, isBefore: members.every(({ detector }) => detector.needs === 'named') }
}

const prefixes = new WeakMap<RegExp, Prefix>()

/** Worked out once for each pattern, however many pipelines use it. */
function prefixFor (pattern: RegExp): Prefix {
  const known = prefixes.get(pattern)
  if (known !== undefined) return known
  const prefix = prefixOf(pattern)
  prefixes.set(pattern, prefix)
  return prefix
}
