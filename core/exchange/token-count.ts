/** Input tokens of one request: what its protocol estimates, or what the model's tokenizer counts, the first time that somebody asks. */
import type { Leaf } from '../pipeline/facts.ts'
import { loadedEncoding, type Encoding } from '../tokens/encoding.ts'
import { refine } from '../tokens/estimate.ts'

export class TokenCount {
  readonly #encoding: Encoding | null
  #leaves: readonly Leaf[] | null
  #tokens: number

  /** `encoding` null: the model has no tokenizer. */
  constructor (estimate: number, leaves: readonly Leaf[], encoding: Encoding | null) {
    this.#encoding = encoding
    this.#leaves = encoding === null ? null : leaves
    this.#tokens = estimate
  }

  get value (): number {
    if (this.#leaves === null || this.#encoding === null) return this.#tokens
    const count = loadedEncoding(this.#encoding)
    if (count !== null) this.#tokens = refine(this.#tokens, this.#leaves, count)
    this.#leaves = null
    return this.#tokens
  }

  /** Lets the text go: counted before where that still matters. */
  letGo (matters: boolean): void {
    if (matters) this.#tokens = this.value
    this.#leaves = null
  }
}
