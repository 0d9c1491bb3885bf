/** Detectors that a configuration describes. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Detector, Surroundings } from '../detector.ts'
import { boundedPattern } from './bounded.ts'
import { passes } from './checks.ts'
import { defaultConfidence, defaultLongest, type CustomEntry, type HotwordEntry } from './config.ts'
import { dictionaryPattern } from './dictionary.ts'
import { knownValues } from './known-values.ts'

/** Something in an entry that cannot be used; the message is for its author. */
export class CustomFault extends Error {
  override readonly name = 'CustomFault'
  /** Where it stands below the entry. */
  readonly path: ReadonlyArray<string | number>

  constructor (message: string, path: ReadonlyArray<string | number>) {
    super(message)
    this.path = path
  }
}

/**
 * @param folder where relative paths start
 * @throws CustomFault
 */
export function customDetectors (entry: CustomEntry, folder: string): Detector[] {
  const weigh = weighOf(entry, folder)
  const context = (entry.hotwords ?? []).flatMap(({ words }, index) => words.map(word => hotword(word, ['hotwords', index, 'words'])))
  return patternsOf(entry, folder).map(pattern => ({ label: entry.label, anchor: { kind: 'anywhere' }, pattern, context, weigh }))
}

function patternsOf ({ patterns, terms, terms_file: file, ignore_case: ignoresCase = false, longest = defaultLongest }: CustomEntry, folder: string): RegExp[] {
  if (patterns !== undefined) return patterns.map((source, index) => at(['patterns', index], () => boundedPattern(source, ignoresCase, longest)))
  const key = file === undefined ? 'terms' : 'terms_file'
  return [at([key], () => dictionaryPattern(terms ?? readFileSync(resolve(folder, file ?? ''), 'utf8').split(/\r?\n/), ignoresCase))]
}

function weighOf ({ check, values, confidence = defaultConfidence, hotwords = [] }: CustomEntry, folder: string): Detector['weigh'] {
  const isKnown = values === undefined ? null : at(['values'], () => knownValues(values, folder))
  const byWord = confidences(hotwords)
  return (value: string, surroundings: Surroundings) => {
    const word = byWord.size === 0 ? null : surroundings.word
    const asked = (word === null ? undefined : byWord.get(word)) ?? confidence
    if (asked === 0 || (check !== undefined && !passes(check, value))) return 0
    return isKnown === null || isKnown(value) ? asked : 0
  }
}

/** By word, with its spaces and without: as words are found. */
function confidences (hotwords: readonly HotwordEntry[]): ReadonlyMap<string, number> {
  return new Map(hotwords.flatMap(({ words, confidence }) => words.map(plainWord).flatMap(word => [[word, confidence], [word.replaceAll(' ', ''), confidence]] as const)))
}

function hotword (word: string, path: ReadonlyArray<string | number>): string {
  const plain = plainWord(word)
  if (plain === '') throw new CustomFault(`${word} has no letter that is read here: hotwords are Latin`, path)
  return plain
}

function plainWord (word: string): string {
  return word.normalize('NFKD').replace(/[^\0-\x7f]/g, '').toLowerCase().replace(/[\s_-]+/g, ' ').trim()
}

function at<T> (path: ReadonlyArray<string | number>, make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    throw new CustomFault(thrown instanceof Error ? thrown.message : 'it cannot be used', path)
  }
}
