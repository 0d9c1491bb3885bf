/**
 * Input tokens by the model's own tokenizer. Tokenizers take some 0.1 ms for each KiB, more than all else that is done for a short request: a long prompt is
 * counted by samples from all of it.
 */
import type { Leaf } from '../pipeline/facts.ts'
import type { Count } from './encoding.ts'

/** What protocols take for one token where there is no tokenizer: English prose has about four bytes, other scripts and code fewer. */
export const bytesPerToken = 4
/** UTF-16 units up to which a prompt is counted whole. */
const wholeUnits = 1024
const samples = 8
const sampleUnits = wholeUnits / samples
/** Samples stand unevenly apart: prompts repeat themselves. */
const goldenRatio = 0.618

/**
 * The protocol's estimate, with its text at this tokenizer's density in place of the usual one.
 * @param estimate tokens: the bytes of text by {@link bytesPerToken}, and what is no text
 */
export function refine (estimate: number, leaves: readonly Leaf[], count: Count): number {
  const texts = leaves.filter(({ kind }) => kind === 'string')
  const bytes = texts.reduce((sum, { start, end }) => sum + Math.max(0, end - start - 2), 0)
  const units = texts.reduce((sum, { text }) => sum + text.length, 0)
  const tokens = units <= wholeUnits ? texts.reduce((sum, { text }) => sum + count(text), 0) : sampled(texts, units, count)
  return Math.max(0, estimate - Math.ceil(bytes / bytesPerToken)) + tokens
}

/** Slices from as many equal parts; tokens for each byte vary less than for each character. Each cuts a word at both ends: rather too many are counted than too few. */
function sampled (texts: readonly Leaf[], units: number, count: Count): number {
  let tokens = 0
  let taken = 0
  let before = 0
  let next = 0
  for (const { text } of texts) {
    for (; next < samples; next++) {
      const at = Math.floor((next + next * goldenRatio % 1) * units / samples) - before
      if (at >= text.length) break
      const slice = text.slice(Math.max(0, Math.min(at, text.length - sampleUnits)), at + sampleUnits)
      tokens += count(slice)
      taken += Buffer.byteLength(slice)
    }
    before += text.length
  }
  const bytes = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  return taken === 0 ? 0 : Math.ceil(tokens * bytes / taken)
}
