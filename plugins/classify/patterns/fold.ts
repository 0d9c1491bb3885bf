/**
 * The text as detectors read it: compatibility forms, foreign digits, odd spaces and dashes become ASCII, invisible
 * characters vanish, and every unit keeps the way back to where it came from. It is never sent anywhere.
 */

export interface Folded {
  readonly text: string
  /** Where a span of the folded text stands in the original, in UTF-16 units. */
  original (start: number, end: number): readonly [start: number, end: number]
}

const beyondAscii = /[^\0-\x7f]/

/** ASCII is answered as it is. */
export function fold (text: string): Folded {
  if (!beyondAscii.test(text)) return { text, original: (start, end) => [start, end] }
  return foldSlowly(text)
}

function foldSlowly (text: string): Folded {
  const pieces: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  const place = (piece: string, index: number, width: number): void => {
    const isKept = piece.length === width && piece.charCodeAt(0) > 0x7f
    for (let unit = 0; unit < piece.length; unit++) {
      starts.push(isKept ? index + unit : index)
      ends.push(isKept ? index + unit + 1 : index + width)
    }
  }
  let copied = 0
  for (let index = 0; index < text.length;) {
    if (text.charCodeAt(index) < 0x80) {
      starts.push(index)
      ends.push(++index)
      continue
    }
    const code = text.codePointAt(index) ?? 0
    const width = code > 0xffff ? 2 : 1
    const piece = foldOne(code, text.slice(index, index + width))
    place(piece, index, width)
    pieces.push(text.slice(copied, index), piece)
    index += width
    copied = index
  }
  return { text: pieces.join('') + text.slice(copied), original: (start, end) => [starts[start] ?? 0, ends[end - 1] ?? 0] }
}

const known = new Map<number, string>()

function foldOne (code: number, character: string): string {
  const before = known.get(code)
  if (before !== undefined) return before
  const folded = foldForm(code, character)
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
  if (/^\p{Nd}$/u.test(character)) return digitOf(code)
  const compatible = character.normalize('NFKC')
  return beyondAscii.test(compatible) ? character : compatible
}

/** Decimal digits stand in Unicode in runs of ten, zero first. */
function digitOf (code: number): string {
  let first = code
  while (first > 0 && /^\p{Nd}$/u.test(String.fromCodePoint(first - 1)) && code - first < 60) first--
  return String((code - first) % 10)
}
