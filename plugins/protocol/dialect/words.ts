/** The words of a dialect's answers: which values are text, which are content of another kind, and which say nothing of content. */
import type { JsonNode } from '../../../core/content/json.ts'
import type { Lane, UnscannedKind } from '../../../core/pipeline/facts.ts'

/** A place is the keys that lead to a value, joined by slashes, with `*` for the index of a list and for a key that the dialect does not know. */
export interface AnswerWords {
  /** Keys that are no content. Every other key is judged as text. */
  readonly keys: ReadonlySet<string>
  /** Kinds of the lanes at these places; text anywhere else is a lane of kind `field`. */
  readonly lanes: ReadonlyMap<string, Lane['kind']>
  /** Values from a closed list, by place: they carry no content and are no lanes. Anything else at these places is judged. */
  readonly closed: ReadonlyMap<string, ReadonlySet<string>>
  /** Whole numbers that count or point: too short to be content. A place that ends with `/` holds for all below it. */
  readonly counts: readonly string[]
  /** Unix times in seconds. */
  readonly times?: ReadonlySet<string>
  /** Dates and times as text (RFC 3339). */
  readonly stamps?: ReadonlySet<string>
  /** Durations in nanoseconds: whole numbers of up to 14 digits. */
  readonly durations?: ReadonlySet<string>
  /** Base64 of this kind. */
  readonly media?: ReadonlyMap<string, UnscannedKind>
  /** Values whose JSON is one lane: the arguments of a tool call that come as an object. */
  readonly json?: ReadonlyMap<string, Lane['kind']>
  /** Lists of numbers, or base64 of them, that are vectors and nothing else. */
  readonly vectors?: ReadonlySet<string>
  /** Lists of numbers that stand for text in tokens. */
  readonly tokens?: ReadonlySet<string>
  /** Texts that spell a lane once more, token by token. */
  readonly logprobs?: ReadonlySet<string>
  /** Lists whose items say which one they are (`index`). */
  readonly indexed?: ReadonlySet<string>
  /** Another place for an item of a list that is of a kind of its own; null for any other. By the place of the list. */
  readonly forms?: ReadonlyMap<string, (item: JsonNode) => string | null>
  /** Keys that go by another name in paths, so that a stream and a whole answer name alike: place and key, and the name. */
  readonly renamed?: ReadonlyMap<string, string>
}

/** A key that the dialect knows, at its place. */
export interface KnownKey { readonly name: string, readonly place: AnswerPlace }

/** Places that are kept for the next answer; one that goes elsewhere makes its own. */
const mostKept = 2000

interface Kept { readonly root: AnswerPlace, readonly words: AnswerWords, readonly byName: Map<string, AnswerPlace>, count: number }

/** One place of answers, with all that the words say of it. The root is made of the words, all others from it. */
export class AnswerPlace {
  readonly name: string
  /** Of text that stands there. */
  readonly lane: Lane['kind']
  readonly closed: ReadonlySet<string> | null
  readonly media: UnscannedKind | null
  readonly json: Lane['kind'] | null
  readonly isStamp: boolean
  readonly isVector: boolean
  readonly isTokens: boolean
  readonly isLogprobs: boolean
  readonly isIndexed: boolean
  readonly #number: RegExp | null
  readonly #form: ((item: JsonNode) => string | null) | null
  readonly #kept: Kept
  readonly #keys = new Map<string, KnownKey>()
  #below: AnswerPlace | null = null

  constructor (words: AnswerWords, name = '', kept: Kept | null = null) {
    this.name = name
    this.lane = words.lanes.get(name) ?? 'field'
    this.closed = words.closed.get(name) ?? null
    this.media = words.media?.get(name) ?? null
    this.json = words.json?.get(name) ?? null
    this.isStamp = words.stamps?.has(name) === true
    this.isVector = words.vectors?.has(name) === true
    this.isTokens = words.tokens?.has(name) === true
    this.isLogprobs = words.logprobs?.has(name) === true
    this.isIndexed = words.indexed?.has(name) === true
    this.#number = numberAt(name, words)
    this.#form = words.forms?.get(name) ?? null
    this.#kept = kept ?? { root: this, words, byName: new Map(), count: 0 }
  }

  /** True for a number that is too short to be content, or of a form that content does not have. */
  isPlainNumber (literal: string): boolean {
    return this.#number !== null && this.#number.test(literal)
  }

  /** Null for a key that is content. */
  key (text: string): KnownKey | null {
    const known = this.#keys.get(text)
    if (known !== undefined) return known
    const { words } = this.#kept
    if (!words.keys.has(text)) return null
    const name = words.renamed?.get(this.#inner(text)) ?? text
    const made = { name, place: this.#make(name) }
    if (this.#keeps()) this.#keys.set(text, made)
    return made
  }

  /** Of the items of a list, and of members whose key is content. */
  get below (): AnswerPlace {
    if (this.#below !== null) return this.#below
    const made = this.#make('*')
    if (this.#keeps()) this.#below = made
    return made
  }

  /** Of this item. */
  item (node: JsonNode): AnswerPlace {
    const form = this.#form?.(node) ?? null
    return form === null ? this.below : this.#kept.root.at(form)
  }

  /** Below the root, by its name; for the few places that a protocol names. */
  at (name: string): AnswerPlace {
    const { byName, words } = this.#kept
    const place = byName.get(name) ?? new AnswerPlace(words, name, this.#kept)
    if (this.#keeps()) byName.set(name, place)
    return place
  }

  #make (name: string): AnswerPlace {
    return new AnswerPlace(this.#kept.words, this.#inner(name), this.#kept)
  }

  #inner (name: string): string {
    return this.name === '' ? name : `${this.name}/${name}`
  }

  #keeps (): boolean {
    return this.#kept.count++ < mostKept
  }
}

const seconds = /^[12]\d{9}(?:\.\d{1,6})?$/
const nanoseconds = /^\d{1,14}$/
const short = /^\d{1,8}$/

function numberAt (name: string, { times, durations, counts }: AnswerWords): RegExp | null {
  if (times?.has(name) === true) return seconds
  if (durations?.has(name) === true) return nanoseconds
  return counts.some(known => known.endsWith('/') ? name.startsWith(known) : name === known) ? short : null
}
