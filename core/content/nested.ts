/**
 * JSON within strings (the arguments of a tool call, a structured answer): an escape in there would hide content from
 * detectors. So such a text is shown with the escapes of its inner strings decoded in place, at any depth, and edits of
 * what was shown are carried back to the text itself.
 */
import { GatewayError } from '../errors.ts'
import { readJsonText, type JsonKey, type JsonNode, type JsonText } from './json.ts'

/** Replace `[start, end)` (UTF-16 units) of a text. */
export interface TextEdit { readonly start: number, readonly end: number, readonly replacement: string }

/** JSON texts within JSON texts. */
const deepestNesting = 8

/** One stretch of a text: as it stands, or a string or number of the JSON that the text is. */
interface Stretch { readonly start: number, readonly end: number, readonly shown: string, readonly literal: JsonText | JsonKey | null }

/**
 * The text as detectors see it: itself, unless it is JSON that holds escapes.
 * Throws GW_CLASSIFY_TOO_DEEP.
 */
export function showNested (text: string): string {
  return showAt(text, 0)
}

function showAt (text: string, level: number): string {
  // Without an escape nothing is hidden, whatever the text is.
  return text.includes('\\') ? stretchesOf(text, level)?.map(({ shown }) => shown).join('') ?? text : text
}

/** Null where the text is no JSON. */
function stretchesOf (text: string, level: number): Stretch[] | null {
  if (!/^[ \t\r\n]*["[{]/.test(text)) return null
  const root = readJsonText(text)
  if (root === null) return null
  if (level === deepestNesting) throw new GatewayError('GW_CLASSIFY_TOO_DEEP')
  const literals: Array<JsonText | JsonKey> = []
  gatherLiterals(root, literals)
  return stretchesAround(text, literals, level)
}

function gatherLiterals (node: JsonNode, literals: Array<JsonText | JsonKey>): void {
  if (node.kind === 'string' || node.kind === 'number') literals.push(node)
  else if (node.kind === 'array') for (const item of node.items) gatherLiterals(item, literals)
  else if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      literals.push(key)
      gatherLiterals(value, literals)
    }
  }
}

function stretchesAround (text: string, literals: ReadonlyArray<JsonText | JsonKey>, level: number): Stretch[] {
  const stretches: Stretch[] = []
  const plain = (start: number, end: number): void => {
    if (start < end) stretches.push({ start, end, shown: text.slice(start, end), literal: null })
  }
  let at = 0
  for (const literal of literals) {
    const { start, end } = innerOf(literal)
    plain(at, start)
    stretches.push({ start, end, shown: literal.kind === 'number' ? literal.text : showAt(literal.text, level + 1), literal })
    at = end
  }
  plain(at, text.length)
  return stretches
}

function innerOf ({ kind, start, end }: JsonText | JsonKey): { start: number, end: number } {
  return kind === 'number' ? { start, end } : { start: start + 1, end: end - 1 }
}

/**
 * Carries edits of the shown text back to the text. They are sorted and do not overlap.
 * Throws GW_POLICY_REDACTION for an edit that would tear the inner JSON apart.
 */
export function lowerNested (text: string, edits: readonly TextEdit[]): TextEdit[] {
  return lowerAt(text, edits, 0)
}

function lowerAt (text: string, edits: readonly TextEdit[], level: number): TextEdit[] {
  const stretches = stretchesOf(text, level)
  if (stretches === null) return [...edits]
  const lowered: TextEdit[] = []
  let taken = 0
  let shownAt = 0
  for (const stretch of stretches) {
    const shownEnd = shownAt + stretch.shown.length
    const own: TextEdit[] = []
    for (let edit = edits[taken]; edit !== undefined && edit.start >= shownAt && edit.end <= shownEnd && edit.start < shownEnd; edit = edits[++taken]) {
      own.push({ ...edit, start: edit.start - shownAt, end: edit.end - shownAt })
    }
    if (own.length > 0) lowered.push(lowerStretch(stretch, own, level))
    shownAt = shownEnd
  }
  if (taken < edits.length) throw new GatewayError('GW_POLICY_REDACTION')
  return lowered
}

/** A number becomes a string; what is neither string nor number holds the JSON together. */
function lowerStretch ({ start, end, literal, shown }: Stretch, edits: readonly TextEdit[], level: number): TextEdit {
  if (literal === null) throw new GatewayError('GW_POLICY_REDACTION')
  if (literal.kind === 'number') return { start, end, replacement: JSON.stringify(applyTextEdits(shown, edits)) }
  const inner = applyTextEdits(literal.text, lowerAt(literal.text, edits, level + 1))
  return { start, end, replacement: JSON.stringify(inner).slice(1, -1) }
}

/** The text with sorted edits that do not overlap. */
export function applyTextEdits (text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = []
  let at = 0
  for (const { start, end, replacement } of edits) {
    pieces.push(text.slice(at, start), replacement)
    at = end
  }
  return pieces.join('') + text.slice(at)
}
