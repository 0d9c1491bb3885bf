/** Text that people do not see and models read: letters of the Tags block (U+E0020 to U+E007E), and long runs of invisible units. */
import type { Span } from '../overlap.ts'

/** A flag of a region is the one thing that tags are meant for: a black flag, tags, an end. */
const flag = /^\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f}/u

/** Emoji and scripts need a few in a row, never so many. */
const hidden = /[\u{e0020}-\u{e007e}]{2,8192}|[\p{Default_Ignorable_Code_Point}\u061c\u180e]{9,8192}/gu

/** A text with fewer invisible units than this has none to tell of. */
export const leastHidden = 2

export function findHidden (text: string): Span[] {
  return [...text.matchAll(hidden)].filter(({ index }) => index < 2 || !flag.test(text.slice(index - 2, index + 32)))
    .map(({ 0: run, index }) => ({ label: 'prompt.hidden_text', detector: 'classify.patterns', confidence: 800, start: index, end: index + run.length }))
}
