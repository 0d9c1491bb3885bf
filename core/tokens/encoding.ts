/** Tokenizers of model families, by the names that they have in the field. What is not known here has none that can be had. */
import { modelToEncodingMap } from 'gpt-tokenizer/mapping'

export type Encoding = 'o200k_base' | 'o200k_harmony' | 'cl100k_base' | 'p50k_base' | 'r50k_base'

export const encodings: readonly Encoding[] = ['o200k_base', 'o200k_harmony', 'cl100k_base', 'p50k_base', 'r50k_base']

/** Tokens of a text. */
export type Count = (text: string) => number

/** Models since GPT-4o, which the table of the library takes for granted. */
const recent = /^(?:gpt-4o|gpt-4\.\d|gpt-5|chatgpt-4o|o1|o3|o4|codex-mini|computer-use)(?:[-.]|$)/

/** The tokenizer of a model by the name that an endpoint knows it by; null where there is none. */
export function encodingOf (model: string): Encoding | null {
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^gpt-35/, 'gpt-3.5') // as gateways and Azure write them
  const known = Object.hasOwn(modelToEncodingMap, name) ? modelToEncodingMap[name as keyof typeof modelToEncodingMap] : null
  if (known !== null) return encodings.find(encoding => encoding === known) ?? null
  return recent.test(name) ? 'o200k_base' : null
}

/** Pieces of prompts are not kept longer than they are of use. */
const cachedPieces = 1000

const loading = new Map<Encoding, Promise<Count>>()
const loaded = new Map<Encoding, Count>()

/** Loads a tokenizer, once: some 40 MB, and a tenth of a second. */
export async function openEncoding (encoding: Encoding): Promise<Count> {
  const known = loading.get(encoding)
  if (known !== undefined) return await known
  const opening = load(encoding)
  loading.set(encoding, opening)
  return await opening
}

/** A tokenizer that is loaded already; null for another one, which is loaded from now on. */
export function loadedEncoding (encoding: Encoding): Count | null {
  const count = loaded.get(encoding)
  if (count !== undefined) return count
  openEncoding(encoding).catch(() => {}) // then estimates stay what they are
  return null
}

async function load (encoding: Encoding): Promise<Count> {
  const { countTokens, setMergeCacheSize } = await import(`gpt-tokenizer/encoding/${encoding}`) as Library
  setMergeCacheSize(cachedPieces)
  const count: Count = text => countTokens(text, { disallowedSpecial: nothing }) // what looks like a special token is text here
  loaded.set(encoding, count)
  return count
}

const nothing: ReadonlySet<string> = new Set()

/** What is used of the library, whose own declarations need those of browsers. */
interface Library {
  setMergeCacheSize (pieces: number): void
  countTokens (text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }): number
}
