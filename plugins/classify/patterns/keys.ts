/** What the keys that lead to a text say of it. They are the caller's words: kept for one scan, and no longer. */
import { AnchorReader } from './anchors.ts'
import { fold } from './fold.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Keys further out say little about a value. */
const keysThatCount = 3

const none: readonly number[] = []

/** A text's own key, or its last keys read as one text, and the words in it. */
class KeyLookUp {
  readonly #reader: AnchorReader
  readonly #most: number
  #key = ''
  #words = none

  constructor (reader: AnchorReader, most: number) {
    this.#reader = reader
    this.#most = most
  }

  /** Looked up once for texts that follow each other under one key. */
  in (keyPath: readonly string[]): readonly number[] {
    const key = nearest(keyPath, this.#most)
    if (key === this.#key) return this.#words
    this.#key = key
    this.#words = this.#lookUp(key)
    return this.#words
  }

  forget (): void {
    this.#key = ''
    this.#words = none
  }

  #lookUp (key: string): readonly number[] {
    const { text } = fold(key)
    this.#reader.open(text)
    this.#reader.read(text.length)
    const { count, words } = this.#reader.contextWords
    return count === 0 ? none : [...new Set(words.items.subarray(0, count))]
  }
}

/** Words are told by their index in the vocabulary. */
export class KeyWords {
  readonly #reader: AnchorReader
  readonly #own: KeyLookUp
  readonly #all: KeyLookUp

  constructor ({ automaton, roles }: Vocabulary) {
    this.#reader = new AnchorReader(automaton, roles)
    this.#own = new KeyLookUp(this.#reader, 1)
    this.#all = new KeyLookUp(this.#reader, keysThatCount)
  }

  /** Words of a text's own key. */
  own (keyPath: readonly string[]): readonly number[] {
    return this.#own.in(keyPath)
  }

  /** Words of the last keys, read as one text. */
  all (keyPath: readonly string[]): readonly number[] {
    return this.#all.in(keyPath)
  }

  forget (): void {
    this.#own.forget()
    this.#all.forget()
    this.#reader.open('')
  }
}

/** The last keys, indexes left out, the text's own at the end. */
function nearest (keyPath: readonly string[], most: number): string {
  let keys = ''
  for (let index = keyPath.length - 1, found = 0; index >= 0 && found < most; index--) {
    const key = keyPath[index] ?? ''
    if (isIndex(key)) continue
    const end = key.length > 100 ? key.slice(-100) : key
    keys = found === 0 ? end : `${end} ${keys}`
    found++
  }
  return keys
}

function isIndex (key: string): boolean {
  if (key.length === 0 || key.length > 9) return false
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index)
    if (unit < 48 || unit > 57) return false
  }
  return true
}
