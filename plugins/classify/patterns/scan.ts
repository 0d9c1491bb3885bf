/**
 * Runs detectors over a text. Needs nothing of a gateway: the stage and the command line both use it.
 *
 * The text is folded, anchors are found in one pass, and each detector's bounded pattern is tried at its anchors alone, so
 * the work grows linearly with the text whatever stands in it.
 */
import { AnchorReader, digitsAhead } from './anchors.ts'
import { Around, reachOfContext } from './around.ts'
import type { Detection, Group, Prepared } from './detection.ts'
import type { Detector } from './detector.ts'
import { fold, type Folded } from './fold.ts'
import { KeyWords } from './keys.ts'
import type { Hints } from './layers/views.ts'
import { settleOverlaps, sure, type Span } from './overlap.ts'
import { mayStart } from './prefix.ts'

/** The finding of a text in which there is nothing. */
const nothing: readonly Span[] = Object.freeze([])

const emptyText = fold('')

/** How much of a text one step reads, in UTF-16 units. */
const stepUnits = 8192

/**
 * What the detectors find in a text.
 * @param keyPath keys and indexes that lead to the text; they count as context
 * @returns findings in the order of the text, offsets in UTF-16 units of `text`; never the values
 */
export function scanText (text: string, keyPath: readonly string[], detection: Detection): readonly Span[] {
  const scan = Scan.borrow(detection)
  try {
    return scan.text(text, keyPath)
  } finally {
    scan.giveBack()
  }
}

/** A part of a text; `isEnd` where nothing follows the text. */
export interface Part { readonly from: number, readonly to: number, readonly isEnd: boolean }

/** Detectors at work: keeps its buffers from text to text. */
export class Scan {
  static readonly #idle = new WeakMap<Detection, Scan[]>()

  readonly #detection: Detection
  readonly #reader: AnchorReader
  readonly #around: Around
  readonly #keys: KeyWords
  #folded: Folded = emptyText
  #found: Span[] = []
  /** Of a part of a text: where it begins and ends, who is told of what is not decided, and the anchor that is tried. */
  #from = 0
  #to = Infinity
  /** True where findings tell how they came to be. */
  traces = false
  #undecided: ((anchor: number, start: number) => void) | null = null
  #at = 0

  private constructor (detection: Detection) {
    const { vocabulary } = detection
    this.#detection = detection
    this.#reader = new AnchorReader(vocabulary.automaton, vocabulary.roles)
    this.#keys = new KeyWords(vocabulary)
    this.#around = new Around(vocabulary, this.#keys)
  }

  static borrow (detection: Detection): Scan {
    return Scan.#idle.get(detection)?.pop() ?? new Scan(detection)
  }

  /** Nothing of what was scanned is kept. */
  giveBack (): void {
    this.traces = false
    this.#keys.forget()
    this.#found = []
    this.#folded = emptyText
    this.#reader.open('')
    const idle = Scan.#idle.get(this.#detection)
    if (idle === undefined) Scan.#idle.set(this.#detection, [this])
    else idle.push(this)
  }

  text (text: string, keyPath: readonly string[]): readonly Span[] {
    const found = this.all(text, keyPath, true)
    return found.length === 0 ? nothing : settleOverlaps(found)
  }

  /**
   * All that is found in a text, overlapping or not.
   * @param isWhole true where the text is all that stands under its key
   */
  all (text: string, keyPath: readonly string[], isWhole: boolean): readonly Span[] {
    this.#folded = fold(text)
    const { text: read } = this.#folded
    this.#open(keyPath)
    for (let from = 0; from < read.length; from += stepUnits) this.#step(from, Math.min(read.length, from + stepUnits))
    if (isWhole) this.#tryWhole(keyPath)
    const found = this.#found
    if (found.length === 0) return nothing
    this.#found = []
    return found
  }

  /** The text that was read last, as detectors read it. */
  get folded (): Folded {
    return this.#folded
  }

  /** Where encoded text may stand in it. */
  get hints (): Hints {
    return this.#reader
  }

  /**
   * Tries what is anchored in a part of a text that is not over: at `from` or later, and before `to`; places are of the folded
   * text. Answers all that was found, overlapping or not. Told of `open` is each value whose weight hangs on what may still
   * follow: that is not among what was found.
   */
  part (folded: Folded, keyPath: readonly string[], { from, to, isEnd }: Part, open: (anchor: number, start: number) => void): readonly Span[] {
    this.#folded = folded
    this.#open(keyPath)
    const { length } = folded.text
    this.#reader.read(length)
    this.#from = from
    this.#to = to
    this.#undecided = isEnd ? null : open
    this.#tryNumbers(to)
    this.#tryAts(to)
    this.#tryWords(to)
    this.#tryAnywhere(from, Math.min(to, length))
    if (isEnd && from === 0) this.#tryWhole(keyPath)
    this.#from = 0
    this.#to = Infinity
    this.#undecided = null
    const found = this.#found
    this.#found = []
    return found
  }

  #open (keyPath: readonly string[]): void {
    const { text } = this.#folded
    this.#found = []
    this.#reader.open(text)
    this.#around.open(text, this.#reader, keyPath)
  }

  /** Tries what is anchored before `to`; context is read a little further. */
  #step (from: number, to: number): void {
    const { text } = this.#folded
    const reader = this.#reader
    reader.read(Math.min(text.length, to + reachOfContext))
    this.#tryNumbers(to)
    this.#tryAts(to)
    this.#tryWords(to)
    this.#tryAnywhere(from, to)
    reader.contextWords.forget(from - reachOfContext)
  }

  #tryNumbers (to: number): void {
    const { numbers } = this.#reader
    const { text } = this.#folded
    const { groups, starts, byDigits } = this.#detection.numbers
    let done = 0
    for (; done < numbers.count; done++) {
      const at = numbers.items[done] ?? 0
      if (at >= to) break
      const asked = byDigits[Math.min(digitsAhead(text, at), byDigits.length - 1)]
      if (asked !== undefined && starts.at(text, at, asked)) this.#tryLeft(groups, starts.left, at)
    }
    numbers.drop(done)
  }

  /** Runs the patterns whose bits are set. */
  #tryLeft (groups: readonly Group[], left: Uint32Array, at: number): void {
    for (let word = 0; word < left.length; word++) {
      for (let bits = left[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const group = groups[word * 32 + 31 - Math.clz32(bits & -bits)]
        if (group !== undefined) this.#run(group, at)
      }
    }
  }

  #tryAnywhere (from: number, to: number): void {
    const { groups, starts, byDigits } = this.#detection.anywhere
    const all = byDigits.at(-1)
    if (groups.length === 0 || all === undefined) return
    const { text } = this.#folded
    for (let at = from; at < to; at++) if (starts.at(text, at, all)) this.#tryLeft(groups, starts.left, at)
  }

  #tryAts (to: number): void {
    const { ats } = this.#reader
    let done = 0
    for (; done < ats.count; done++) {
      const at = ats.items[done] ?? 0
      if (at >= to) break
      for (const group of this.#detection.ats) this.#tryAt(group, at)
    }
    ats.drop(done)
  }

  #tryWords (to: number): void {
    const { anchorWords } = this.#reader
    const { words, vocabulary } = this.#detection
    for (let index = 0; index < anchorWords.count; index++) {
      const end = anchorWords.ends.items[index] ?? 0
      if (end > to) break
      const word = anchorWords.words.items[index] ?? 0
      for (const group of words[word] ?? []) this.#tryAt(group, group.isAfter ? end : end - (vocabulary.roles.lengths[word] ?? 0))
    }
    anchorWords.forget(to + 1)
  }

  /** The weight without words after the value; null where they would make it another finding, or none. */
  #withoutWhatFollows (value: string, detector: Detector): number | null {
    const around = this.#around
    around.assumed = true
    const most = weighAll(detector, value, around)
    around.assumed = false
    const least = weighAll(detector, value, around)
    around.assumed = null
    return this.#standing(most) === this.#standing(least) ? least : null
  }

  /** What a finding of this confidence counts for beside others. */
  #standing (confidence: number): number {
    return confidence === 0 || confidence < this.#detection.minimumConfidence ? 0 : confidence < sure ? 1 : 2
  }

  /** A text that is one value, named by its own key. */
  #tryWhole (keyPath: readonly string[]): void {
    const { whole } = this.#detection
    if (whole.length === 0 || keyPath.length === 0 || this.#folded.text === '') return
    const own = this.#keys.own(keyPath)
    if (own.length === 0) return
    for (const group of whole) {
      const members = group.members.filter(({ context }) => own.some(word => context[word] === 1))
      if (members.length > 0) this.#tryAt({ ...group, members }, 0)
    }
  }

  #tryAt (group: Group, at: number): void {
    if (mayStart(group.prefix, this.#folded.text, at)) this.#run(group, at)
  }

  #run (group: Group, at: number): void {
    const { text } = this.#folded
    if (at < this.#from || at >= this.#to) return
    const { needed } = group
    if (needed !== null && (needed.isBefore || this.#undecided === null) && !this.#around.mayStand(needed.words, at)) return
    this.#at = at
    const { pattern } = group
    pattern.lastIndex = at
    if (!group.hasGroups) {
      if (pattern.test(text)) this.#weighAll(group.members, at, pattern.lastIndex)
      return
    }
    const match = pattern.exec(text)
    if (match === null) return
    const end = pattern.lastIndex
    const value = match.groups?.['value']
    this.#weighAll(group.members, value === undefined ? at - (match.groups?.['before']?.length ?? 0) : end - value.length, end)
  }

  #weighAll (members: readonly Prepared[], from: number, matchEnd: number): void {
    const whole = this.#folded.text.slice(from, matchEnd)
    for (const prepared of members) this.#weigh(prepared, whole, from)
  }

  #weigh ({ detector, context }: Prepared, whole: string, from: number): void {
    const { label, trim } = detector
    const value = trim === undefined ? whole : whole.slice(0, trim(whole))
    if (value === '') return
    const end = from + value.length
    const around = this.#around.at(context, from, end)
    around.reachedEnd = false
    const seen = weighAll(detector, value, around)
    const confidence = around.reachedEnd && this.#undecided !== null ? this.#withoutWhatFollows(value, detector) : seen
    if (confidence === null) return this.#undecided?.(this.#at, from)
    if (confidence === 0 || confidence < this.#detection.minimumConfidence) return
    const { allowed } = this.#detection
    if (allowed !== null && allowed(label, value)) return
    const [start, last] = this.#folded.original(from, end)
    const span = { label, detector: 'classify.patterns', confidence, start, end: last }
    this.#found.push(this.traces ? { ...span, trace: { detector, word: around.nearest(), via: [] } } : span)
  }
}

function weighAll ({ needs, weigh }: Detector, value: string, around: Around): number {
  return needs === undefined || around[needs] ? weigh(value, around) : 0
}
