/** What detectors need to judge texts that come in pieces, derived from their declarations; made once for each set of them. */
import { AnchorReader, isAlphanumeric, isDigit } from './anchors.ts'
import { buildAutomaton, classMask, stateMask, type Automaton } from './automaton.ts'
import type { Detection, Group } from './detection.ts'
import { KeyWords } from './keys.ts'
import { mayBegin, reachBehind, undecided, undecidedAny } from './viable.ts'

/** Context words and look-alikes are looked for so far back at most, beside what patterns look back to. */
const leastReach = 128

/** A word without a digit is held this long in any case. */
const shortWord = 40

/** A pattern tried at a place that may still match there, or match otherwise. */
export interface Live { readonly at: number, readonly start: number, readonly group: Group | null }

export class StreamDetection {
  readonly detection: Detection
  readonly reader: AnchorReader
  /** How many units before a place must be known to judge what is anchored there. */
  readonly reach: number
  /** The least that any detector may hold. */
  readonly leastHold: number
  readonly #keys: KeyWords
  readonly #numbers: readonly Group[]
  readonly #numbersLed: readonly Group[]
  readonly #led: readonly Group[]
  readonly #numbersAny: readonly RegExp[]
  readonly #begins: readonly RegExp[]
  readonly #undecided = new Map<Group, RegExp>()
  readonly #words: Automaton
  /** By state of {@link #words}: how much of a word has been read. */
  readonly #depths: Uint8Array

  constructor (detection: Detection) {
    const { vocabulary, numbers, anywhere, ats, whole, words } = detection
    const all = [...new Set([...numbers.groups, ...anywhere.groups, ...ats, ...whole, ...words.flat()])]
    this.detection = detection
    this.reader = new AnchorReader(vocabulary.automaton, vocabulary.roles)
    this.reach = Math.max(leastReach, vocabulary.longest + 64, ...all.map(({ pattern }) => reachBehind(pattern) + 1))
    this.leastHold = Math.min(Infinity, ...all.map(holdOf))
    this.#keys = new KeyWords(vocabulary)
    this.#numbers = numbers.groups
    this.#numbersLed = this.#numbers.filter(({ pattern }) => isLed(pattern))
    this.#led = all.filter(({ pattern }) => isLed(pattern))
    this.#numbersAny = undecidedAny(this.#numbers.map(({ pattern }) => pattern).filter(pattern => !isLed(pattern)))
    this.#begins = mayBegin([...new Set(all.map(({ pattern }) => pattern))])
    for (const group of all) this.#undecided.set(group, undecided(group.pattern))
    const anchors = vocabulary.words.filter((_word, index) => (words[index] ?? []).some(({ isAfter }) => !isAfter))
    this.#words = buildAutomaton(anchors)
    this.#depths = depthsOf(this.#words, anchors)
  }

  /** The groups that a text with this key may match whole. */
  wholeGroups (keyPath: readonly string[]): Group[] {
    if (this.detection.whole.length === 0 || keyPath.length === 0) return []
    const own = this.#keys.own(keyPath)
    return this.detection.whole.filter(({ members }) => members.some(({ context }) => own.some(word => context[word] === 1)))
  }

  /** The match may still come, or change, with what follows. */
  isUndecided (group: Group, text: string, at: number): boolean {
    return this.#before(group, text, at) !== null
  }

  /** Where the value of such a match begins; null where it is decided. */
  live (group: Group, text: string, at: number): Live | null {
    const before = this.#before(group, text, at)
    return before === null ? null : { at, start: at - before, group }
  }

  #before (group: Group, text: string, at: number): number | null {
    const pattern = this.#undecided.get(group)
    if (pattern === undefined) return null
    pattern.lastIndex = at
    if (!isLed(group.pattern)) return pattern.test(text) ? 0 : null
    const match = pattern.exec(text)
    return match === null ? null : match.groups?.['before']?.length ?? 0
  }

  /** The patterns of numbers that are not decided at one. `isApart` asks of each by itself. */
  * liveNumbers (text: string, at: number, isApart: boolean): Generator<Live> {
    if (!isApart && this.#numbersAny.some(pattern => matchesAt(pattern, text, at))) yield { at, start: at, group: null }
    for (const group of isApart ? this.#numbers : this.#numbersLed) {
      const live = this.live(group, text, at)
      if (live !== null) yield live
    }
  }

  /** Where the first value begins that is anchored here; some reach to the left of their anchor. */
  leadStart (text: string, at: number): number {
    return this.#led.reduce((first, { pattern }) => {
      pattern.lastIndex = at
      return Math.min(first, at - (pattern.exec(text)?.groups?.['before']?.length ?? 0))
    }, at)
  }

  /** Where the text's last word begins, if it has no digit yet and may be the first of a number's pattern; else the text's end. */
  openWord (text: string): number {
    let start = text.length
    for (; start > 0; start--) {
      const unit = text.charCodeAt(start - 1)
      if (isDigit(unit)) return text.length
      if (!isAlphanumeric(unit)) break
    }
    if (start === text.length || this.#numbers.length === 0) return text.length
    if (text.length - start <= shortWord) return start
    return this.#numbersAny.some(pattern => matchesAt(pattern, text, start)) ? start : text.length
  }

  /** Where an anchor word begins that the text breaks off in; else the text's end. */
  openAnchor (text: string, from: number): number {
    const { next, shift, about } = this.#words
    let state = 0
    for (let index = from; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      state = (next[(state << shift) | ((about[unit < 128 ? unit : 128] ?? 0) & classMask)] ?? 0) & stateMask
    }
    return text.length - (this.#depths[state] ?? 0)
  }

  /** Where begins what may lead to an anchor that is still to come; else the text's end. */
  openLead (text: string, from: number): number {
    return this.#begins.reduce((first, pattern) => {
      pattern.lastIndex = from
      return Math.min(first, pattern.exec(text)?.index ?? text.length)
    }, text.length)
  }
}

/** How many units are held for a group's values, where the detectors say. */
export function holdOf ({ members }: Group): number {
  return Math.min(Infinity, ...members.map(({ detector }) => detector.hold ?? Infinity))
}

function isLed ({ source }: RegExp): boolean {
  return source.includes('(?<before>')
}

function matchesAt (pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** A state is reached by reading a word's beginning: its depth is how long that is. A whole word is no beginning. */
function depthsOf ({ next, shift, about, ends }: Automaton, words: readonly string[]): Uint8Array {
  const depths = new Uint8Array(ends.length)
  for (const word of words) {
    let state = 0
    for (let index = 0; index < word.length - 1; index++) {
      state = (next[(state << shift) | ((about[word.charCodeAt(index)] ?? 0) & classMask)] ?? 0) & stateMask
      depths[state] = index + 1
    }
  }
  return depths
}
