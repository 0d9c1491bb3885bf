/**
 * Detectors over a text that comes in pieces. What can still become part of a finding is held back, nothing else; what is found
 * is what a scan of the whole text finds, however it was cut.
 *
 * A pattern is tried once it is decided where it stands: once nothing that may follow changes whether it matches, how far, or
 * what its context says. Until then its beginning is held. A value held too long counts as found (`open`) and holds no more.
 */
import type { ScannerOptions, Settled, TextFinding, TextScanner } from '../../../core/pipeline/plugin.ts'
import { latinOf, digitOf } from './confusables.ts'
import type { Detection, Group } from './detection.ts'
import { fold, type Folded } from './fold.ts'
import { unchanged } from './offsets.ts'
import { settleOverlaps, type Span } from './overlap.ts'
import { Scan } from './scan.ts'
import { holdOf, StreamDetection, type Live } from './stream-detection.ts'

/** Values that are held too long are looked for at these places of a text alone, so that they do not depend on how it was cut. */
const grid = 16

const beyondAscii = /[^\0-\x7f]/

/** Beyond what is needed, so much of the text is kept before it is cut. */
const slack = 512

const prepared = new WeakMap<Detection, StreamDetection>()

export function scanStream (detection: Detection, keyPath: readonly string[], options: ScannerOptions): TextScanner {
  return new StreamScan(prepareStreams(detection), keyPath, options.maxHold)
}

/** Derives all that streams need: at start, for the first stream is not to wait for it. */
export function prepareStreams (detection: Detection): StreamDetection {
  const known = prepared.get(detection)
  if (known !== undefined) return known
  const streams = new StreamDetection(detection)
  prepared.set(detection, streams)
  return streams
}

/** A value that is longer than what may be held. Places are of the whole text, as it came. */
interface Open { readonly group: Group, readonly at: number, readonly start: number, readonly label: string }

/** A part of the text as detectors read it, up to where it cannot be read another way any more; `end` is of the whole text. */
interface View { readonly folded: Folded, readonly text: string, readonly end: number }

class StreamScan implements TextScanner {
  readonly #streams: StreamDetection
  readonly #keyPath: readonly string[]
  readonly #maxHold: number
  readonly #leastHold: number
  /** Groups that may still match the text as a whole. */
  #whole: readonly Group[]
  /** The text from `#base` on: as much as may still be looked at. */
  #window = ''
  #base = 0
  /** True where the window is read as it is. */
  #isPlain = true
  /** A half of a character that the other half is missing of. */
  #half = ''
  /** Nothing before it is held; everything anchored before it has been tried. */
  #cut = 0
  #tried = 0
  #pending: Span[] = []
  /** Values that were open: their beginnings are not held any more. */
  #closed: Span[] = []
  #ready: Span[] = []
  #open: Open[] = []
  #hasOverflown = false

  constructor (streams: StreamDetection, keyPath: readonly string[], maxHold: number) {
    this.#streams = streams
    this.#keyPath = keyPath
    this.#maxHold = maxHold
    this.#leastHold = Math.min(maxHold, streams.leastHold)
    this.#whole = streams.wholeGroups(keyPath)
  }

  push (piece: string): Settled {
    const text = this.#half + piece
    const isHalf = isHighSurrogate(text.charCodeAt(text.length - 1))
    this.#half = isHalf ? text.slice(-1) : ''
    const whole = isHalf ? text.slice(0, -1) : text
    for (let from = 0; from < whole.length;) {
      const to = this.#length - this.#cut + whole.length - from <= this.#leastHold ? whole.length : Math.min(whole.length, from + grid - this.#length % grid)
      this.#add(whole.slice(from, to))
      this.#advance()
      from = to
    }
    return this.#settled()
  }

  end (): Settled {
    this.#add(this.#half)
    this.#half = ''
    const view = this.#view(true)
    const found = this.#try(view, this.#place(view, this.#tried), view.text.length + 1, true)
    this.#tried = this.#length
    this.#cut = this.#length
    for (const open of this.#open) this.#close(view, open, true)
    this.#open = []
    this.#take(found)
    return this.#settled()
  }

  #add (text: string): void {
    this.#window += text
    this.#isPlain &&= !beyondAscii.test(text)
  }

  get #length (): number {
    return this.#base + this.#window.length
  }

  #settled (): Settled {
    const findings = this.#ready
    this.#ready = []
    return { upTo: this.#cut, findings, open: this.#open.map(one => this.#openFinding(one)), hasOverflown: this.#hasOverflown }
  }

  #view (isEnd: boolean): View {
    if (this.#isPlain) return { folded: { text: this.#window, original: unchanged, hidden: 0 }, text: this.#window, end: this.#length }
    const folded = fold(this.#window)
    const open = isEnd ? this.#window.length : openLookAlike(this.#window)
    if (open === this.#window.length) return { folded, text: folded.text, end: this.#length }
    const text = folded.text.slice(0, placeIn(folded, folded.text.length, open))
    return { folded: { ...folded, text }, text, end: this.#base + open }
  }

  /** Judges as far as can be judged by now. */
  #advance (): void {
    const view = this.#view(false)
    const from = this.#place(view, this.#tried)
    const lives = this.#livesFrom(view, from)
    if (this.#length % grid === 0) this.#overflow(view, lives)
    const holds = this.#open.length === 0 ? lives : lives.filter(live => !this.#isOpen(view, live))
    const { cut, tried } = this.#limits(view, from, holds)
    let found: readonly Span[] = []
    this.#tried = this.#origin(view, tried)
    this.#cut = Math.max(this.#cut, this.#origin(view, cut))
    if (this.#firstAnchor < tried) found = this.#try(view, from, tried, false)
    if (this.#open.length > 0) this.#open = this.#open.filter(open => this.#isAlive(view, open) || !this.#close(view, open, false))
    this.#take(found)
    this.#forget()
  }

  /** Of what is anchored in the part of the text that was read last and was not tried before. */
  #firstAnchor = Infinity

  /** All that is not decided and anchored at `from` or later. */
  #livesFrom (view: View, from: number): Live[] {
    const { text } = view
    const { reader, detection } = this.#streams
    const lives: Live[] = []
    reader.open(text, Math.max(0, from - detection.vocabulary.longest))
    reader.read(text.length)
    this.#firstAnchor = Infinity
    const add = (live: Live | null): void => { if (live !== null) lives.push(live) }
    for (let index = 0; index < reader.numbers.count; index++) {
      const at = reader.numbers.items[index] ?? 0
      if (at < from) continue
      this.#firstAnchor = Math.min(this.#firstAnchor, at)
      for (const live of this.#streams.liveNumbers(text, at, this.#open.length > 0 || this.#length % grid === 0)) lives.push(live)
    }
    if (detection.anywhere.groups.length > 0) this.#firstAnchor = from
    for (const group of detection.anywhere.groups) for (let at = from; at < text.length; at++) add(this.#streams.live(group, text, at))
    for (let index = 0; index < reader.ats.count; index++) {
      const at = reader.ats.items[index] ?? 0
      if (at < from) continue
      this.#firstAnchor = Math.min(this.#firstAnchor, at)
      for (const group of detection.ats) add(this.#streams.live(group, text, at))
    }
    for (let index = 0; index < reader.anchorWords.count; index++) {
      const end = reader.anchorWords.ends.items[index] ?? 0
      if (end < from) continue
      const word = reader.anchorWords.words.items[index] ?? 0
      for (const group of detection.words[word] ?? []) {
        const at = group.isAfter ? end : end - (detection.vocabulary.roles.lengths[word] ?? 0)
        if (at < from) continue
        this.#firstAnchor = Math.min(this.#firstAnchor, at)
        add(this.#streams.live(group, text, at))
      }
    }
    if (this.#whole.length > 0 && from === 0) {
      const still = this.#whole.filter(group => this.#streams.isUndecided(group, text, 0))
      for (const group of still) lives.push({ at: 0, start: 0, group })
      this.#whole = still
    }
    return lives
  }

  /** How far nothing is held, and how far all that is anchored can be tried. */
  #limits (view: View, from: number, holds: readonly Live[]): { readonly cut: number, readonly tried: number } {
    const { text } = view
    const word = this.#streams.openWord(text)
    const anchor = this.#streams.openAnchor(text, Math.max(from, text.length - this.#streams.detection.vocabulary.longest))
    const common = Math.min(word < from ? text.length : word, anchor)
    const lead = this.#streams.openLead(text, this.#place(view, this.#cut))
    const tried = this.#outsideWords(holds.reduce((least, { at }) => Math.min(least, at), common), from)
    const cut = holds.reduce((least, { start }) => Math.min(least, start), Math.min(common, lead))
    return { cut: Math.min(cut, this.#firstUntried(text, tried)), tried }
  }

  /** Where the first value begins that may be decided but is not tried yet, since something before it is not decided. */
  #firstUntried (text: string, tried: number): number {
    const { reader, detection: { vocabulary } } = this.#streams
    let first = text.length
    for (const { count, items } of [reader.numbers, reader.ats]) {
      for (let index = 0; index < count; index++) {
        const at = items[index] ?? 0
        if (at >= tried) first = Math.min(first, this.#streams.leadStart(text, at))
      }
    }
    const { ends, words, count } = reader.anchorWords
    for (let index = 0; index < count; index++) {
      const at = (ends.items[index] ?? 0) - (vocabulary.roles.lengths[words.items[index] ?? 0] ?? 0)
      if (at >= tried && at < first) first = Math.min(first, this.#streams.leadStart(text, at))
    }
    return first
  }

  /** An anchor word is tried where it begins, once it has ended: a place within one leads back to its beginning. */
  #outsideWords (place: number, from: number): number {
    const { reader: { anchorWords }, detection: { vocabulary } } = this.#streams
    let outside = place
    for (let index = anchorWords.count - 1; index >= 0; index--) {
      const end = anchorWords.ends.items[index] ?? 0
      const start = end - (vocabulary.roles.lengths[anchorWords.words.items[index] ?? 0] ?? 0)
      if (end > outside && start < outside && start >= from) outside = start
    }
    return outside
  }

  /** Tries what is anchored in a part. What its context cannot judge yet is held, and tried again. */
  #try ({ folded }: View, from: number, to: number, isEnd: boolean): readonly Span[] {
    const scan = Scan.borrow(this.#streams.detection)
    try {
      const found = scan.part(folded, this.#keyPath, { from, to, isEnd }, (anchor, start) => {
        this.#tried = Math.min(this.#tried, this.#base + folded.original(anchor, anchor)[0])
        this.#held = Math.min(this.#held, this.#base + folded.original(start, start)[0])
      })
      this.#cut = Math.min(this.#cut, this.#held)
      this.#held = Infinity
      return found.map(span => ({ ...span, start: span.start + this.#base, end: span.end + this.#base }))
    } finally {
      scan.giveBack()
    }
  }

  #held = Infinity

  /** Findings wait until none that overlaps can come any more. */
  #take (found: readonly Span[]): void {
    if (found.length > 0) this.#pending.push(...found.filter(span => !this.#isKnown(span)))
    if (this.#closed.length > 0) this.#takeClosed()
    if (this.#pending.length === 0) return
    for (let torn: Span | undefined; (torn = this.#pending.find(({ start, end }) => start < this.#cut && end > this.#cut)) !== undefined;) this.#cut = torn.start
    const ready = this.#pending.filter(({ end }) => end <= this.#cut)
    if (ready.length === 0) return
    this.#pending = this.#pending.filter(({ end }) => end > this.#cut)
    this.#ready.push(...settleOverlaps(ready))
  }

  /** What was found before, when something else at its place was not decided; or was told as open. */
  #isKnown ({ label, start, end }: Span): boolean {
    return this.#pending.some(one => one.label === label && one.start === start && one.end === end) || [...this.#open, ...this.#closed].some(one => one.label === label && one.start === start)
  }

  #takeClosed (): void {
    this.#ready.push(...this.#closed.filter(({ end }) => end <= this.#cut))
    this.#closed = this.#closed.filter(({ end }) => end > this.#cut)
  }

  /** Values that are held too long are held no more. */
  #overflow (view: View, lives: readonly Live[]): void {
    for (const { group, at, start } of lives) {
      const origin = this.#origin(view, start)
      if (group === null || this.#length - origin <= Math.min(this.#maxHold, holdOf(group))) continue
      const anchor = this.#origin(view, at)
      if (this.#open.some(open => open.group === group && open.at === anchor)) continue
      if (this.#length - origin > this.#maxHold) this.#hasOverflown = true
      for (const label of new Set(group.members.map(({ detector }) => detector.label))) this.#open.push({ group, at: anchor, start: origin, label })
    }
  }

  #isOpen (view: View, { group, at }: Live): boolean {
    return group !== null && this.#open.some(open => open.group === group && open.at === this.#origin(view, at))
  }

  #isAlive (view: View, { group, at }: Open): boolean {
    return this.#streams.isUndecided(group, view.text, this.#place(view, at))
  }

  /** Tells where an open value ended: where its pattern says, or where that gave up. */
  #close (view: View, open: Open, isEnd: boolean): true {
    const at = this.#place(view, open.at)
    const found = this.#try(view, at, at + 1, true).find(({ label, start }) => label === open.label && start === open.start)
    const end = found?.end ?? (isEnd ? this.#length : this.#origin(view, this.#viableEnd(view, open, at)))
    this.#closed.push({ ...this.#openFinding(open), confidence: found?.confidence ?? this.#streams.detection.minimumConfidence, end })
    return true
  }

  /** The longest beginning of the text at whose end the pattern was not decided. */
  #viableEnd ({ text }: View, { group }: Open, at: number): number {
    let low = at
    let high = text.length
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#streams.isUndecided(group, text.slice(0, middle), at)) low = middle
      else high = middle - 1
    }
    return Math.max(low, at + 1)
  }

  #openFinding ({ label, start }: Open): TextFinding {
    return { label, detector: 'classify.patterns', confidence: this.#streams.detection.minimumConfidence, start, end: this.#length }
  }

  /** Where a place of the whole text stands in what detectors read of the window. */
  #place ({ folded, text }: View, place: number): number {
    return placeIn(folded, text.length, place - this.#base)
  }

  /** The other way. */
  #origin ({ folded, text, end }: View, place: number): number {
    if (place >= text.length) return end
    return this.#base + (folded.original === unchanged ? place : folded.original(place, place)[0])
  }

  #forget (): void {
    const needed = Math.min(this.#cut, this.#tried, ...this.#open.map(({ at, start }) => Math.min(at, start))) - this.#streams.reach
    if (needed - this.#base < slack) return
    const isMiddle = isHighSurrogate(this.#window.charCodeAt(needed - this.#base - 1))
    const from = isMiddle ? needed - 1 : needed
    this.#window = this.#window.slice(from - this.#base)
    this.#base = from
    this.#isPlain ||= !beyondAscii.test(this.#window)
  }
}

/** The first place of what is read whose origin is at `origin` or later. */
function placeIn ({ original }: Folded, length: number, origin: number): number {
  if (original === unchanged) return Math.min(origin, length)
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (original(middle, middle)[0] < origin) low = middle + 1
    else high = middle
  }
  return low
}

function isHighSurrogate (unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

/** A look-alike is read by the word it stands in: until that is over, it may become another. Where the first such one stands. */
function openLookAlike (text: string): number {
  let first = text.length
  for (let index = text.length - 1; index >= Math.max(0, text.length - 49); index--) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      if (!isWordUnit(unit)) break
    } else if (latinOf.has(unit) || digitOf.has(unit)) first = index
  }
  return first
}

/** Letters, digits, `-` and `_`. */
function isWordUnit (unit: number): boolean {
  return (unit >= 48 && unit <= 57) || ((unit | 32) >= 97 && (unit | 32) <= 122) || unit === 45 || unit === 95
}
