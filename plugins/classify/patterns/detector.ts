/** What a detector is: where to look, a bounded pattern, and a check that weighs what the pattern found. */

/**
 * Where a detector's pattern is tried. The scan finds all anchors in one pass, so that a text without them costs next to
 * nothing:
 * - `digits`: at the start of every word (a run of ASCII letters and digits) that holds a digit
 * - `at`: at every `@`
 * - `words`: where one of these stands, in any case; `_` and `-` count as a space
 * - `after`: where one of these ends
 * - `anywhere`: at every place, where the units there can begin it; for patterns of configurations, which may begin with anything
 * - `whole`: at the start of a text whose own key is one of the detector's context words
 */
export type Anchor =
  | { readonly kind: 'digits' | 'at' | 'anywhere' | 'whole' }
  | { readonly kind: 'words' | 'after', readonly words: readonly string[] }

/** What a check may ask about the surroundings. */
export interface Surroundings {
  /** True where a context word stands close by, or is a key of the value's own path. */
  readonly near: boolean
  /** True where a context word stands before the value, or is a key of its path, with no other number or sentence between. */
  readonly named: boolean
  /** Of the context words before the value the nearest, else one in the keys of its path; null for none. */
  readonly word: string | null
}

export interface Detector {
  /** Dotted lower-case name, category first. */
  readonly label: string
  readonly anchor: Anchor
  /**
   * Sticky and bounded. The finding is the whole match; or its group `value`, which must then end the match; and a group
   * `before`, from a lookbehind, is what belongs to it to the left of the anchor.
   */
  readonly pattern: RegExp
  /** At `digits`: how many digits the match has at least, in words that all have some; default 1. */
  readonly fewestDigits?: number
  /** Lower-case words, without `_` and `-`. A text's key path counts too. */
  readonly context?: readonly string[]
  /** Where the check answers 0 without such a word (`near` or `named`), said here so that the pattern is not even tried. */
  readonly needs?: 'near' | 'named'
  /** How many units of the match to keep, where the pattern cannot know; 0 = it is none. */
  readonly trim?: (value: string) => number
  /** On streams: how many units are held back at most for a value that is not over; a longer one counts as found. Default: as many as any. */
  readonly hold?: number
  /** True where answers are not read for it: on a stream its values would be held longer than they are worth. */
  readonly isOfRequests?: boolean
  /** 0-1000; 0 = it is none. */
  readonly weigh: (value: string, surroundings: Surroundings) => number
}

/** The digits of a text, in their order. */
export function digitsOf (text: string): string {
  return text.replace(/\D/g, '')
}

/** One weight where a context word is near, another elsewhere. */
export function weighed ({ near }: Surroundings, withContext: number, without: number): number {
  return near ? withContext : without
}

/** True where a text has at least so many different units. */
export function hasDistinct (text: string, least: number): boolean {
  let count = 0
  for (let index = 0; index < text.length && count < least; index++) if (text.indexOf(text.charAt(index)) === index) count++
  return count >= least
}
