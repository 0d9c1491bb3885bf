/**
 * The text as detectors read it: compatibility forms, accented letters, foreign digits, odd spaces and dashes become ASCII,
 * look-alike letters in the midst of Latin ones become those, invisible characters vanish, and every unit keeps the way back to where it came
 * from. It is never sent anywhere.
 */
import { digitOf, latinOf } from './confusables.ts'
import { Offsets, unchanged, type Original } from './offsets.ts'

export interface Folded {
  readonly text: string
  readonly original: Original
  /** How many characters are not seen. */
  readonly hidden: number
}

const beyondAscii = /[^\0-\x7f]/

/** A text that needs no folding, ASCII first of all, is answered as it is. */
export function fold (text: string): Folded {
  if (!beyondAscii.test(text)) return { text, original: unchanged, hidden: 0 }
  const offsets = new Offsets()
  let folded = ''
  let copied = 0
  let hidden = 0
  for (const { 0: run, index: start } of text.matchAll(/[^\0-\x7f]+/g)) {
    for (let index = start, end = start + run.length; index < end;) {
      const code = text.codePointAt(index) ?? 0
      const width = code > 0xffff ? 2 : 1
      const piece = foldAt(text, index, code)
      if (piece !== null) {
        folded += text.slice(copied, index)
        offsets.replaced(folded.length, piece.length, index, width)
        folded += piece
        if (piece === '' || code >= firstTag) hidden++
        copied = index + width
      }
      index += width
    }
  }
  return copied === 0 ? { text, original: unchanged, hidden } : { text: folded + text.slice(copied), original: offsets.original, hidden }
}

/** Tags and what follows them. */
const firstTag = 0xe0000

/** What a character becomes; null where it stays. */
function foldAt (text: string, index: number, code: number): string | null {
  const piece = foldOne(code)
  if (piece !== null) return piece
  return latinOf.has(code) || digitOf.has(code) ? foldLookAlike(text, index, code) : null
}

/** A word is looked at so far to each side. */
const wordReach = 48

/** A look-alike counts as Latin in a word that has Latin letters, and as a digit in one that has digits and none. */
function foldLookAlike (text: string, index: number, code: number): string | null {
  let hasLetter = false
  let hasDigit = false
  for (const step of [-1, 1]) {
    for (let at = index + step; at >= 0 && at < text.length && Math.abs(at - index) <= wordReach; at += step) {
      const unit = text.charCodeAt(at)
      if (isLatin(unit)) hasLetter = true
      else if (unit >= 48 && unit <= 57) hasDigit = true
      else if (unit < 0x80 && unit !== 45 && unit !== 95) break
    }
  }
  if (hasLetter) return latinOf.get(code) ?? null
  return hasDigit ? digitOf.get(code) ?? latinOf.get(code) ?? null : null
}

function isLatin (unit: number): boolean {
  return (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
}

const known = new Map<number, string | null>()

function foldOne (code: number): string | null {
  const before = known.get(code)
  if (before !== undefined) return before
  const character = String.fromCodePoint(code)
  const form = foldForm(code, character)
  const folded = form === character ? null : form
  if (known.size < 4096) known.set(code, folded)
  return folded
}

const invisible = /^[\p{Default_Ignorable_Code_Point}\u061c\u180e]$/u
const dash = /^[\p{Pd}\u2212\u2043\u00b7]$/u

function foldForm (code: number, character: string): string {
  if (code >= 0xe0020 && code <= 0xe007e) return String.fromCharCode(code - 0xe0000)
  if (invisible.test(character)) return ''
  if (/^\p{Zs}$/u.test(character)) return ' '
  if (dash.test(character)) return '-'
  if (/^\p{Nd}$/u.test(character)) return valueOf(code)
  const compatible = character.normalize('NFKC')
  if (!beyondAscii.test(compatible)) return compatible
  const bare = character.normalize('NFD').charAt(0) // context words are known without accents
  return /^\p{Script=Latin}$/u.test(character) && isLatin(bare.charCodeAt(0)) ? bare : character
}

/** Decimal digits stand in Unicode in runs of ten, zero first. */
function valueOf (code: number): string {
  let first = code
  while (first > 0 && /^\p{Nd}$/u.test(String.fromCodePoint(first - 1)) && code - first < 60) first--
  return String((code - first) % 10)
}
