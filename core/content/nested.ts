/**
 * Texts within texts: JSON within strings (the arguments of a tool call, a structured answer), documents in `data:` URLs and
 * in base64. Their escapes and encodings would hide content from detectors. So such a text is shown decoded in place, at any
 * depth, and edits of what was shown are carried back to the text itself.
 */
import { GatewayError } from '../errors.ts'
import type { UnscannedKind } from '../pipeline/facts.ts'
import { isLongBase64, readDataUrl, textOfBase64, textOfDataUrl, unreadKind } from './binary.ts'
import { readJsonText, type JsonKey, type JsonNode, type JsonText } from './json.ts'

/** Replace `[start, end)` (UTF-16 units) of a text. */
export interface TextEdit { readonly start: number, readonly end: number, readonly replacement: string }

/** Texts within texts. */
export const deepestNesting = 8

/** A document in an encoding that keeps bytes out of text. */
interface Encoded { readonly kind: 'base64' | 'percent', readonly text: string }

/** One stretch of a text: as it stands, or a string or number of the JSON that the text is, or a document in it. */
interface Stretch { readonly start: number, readonly end: number, readonly shown: string, readonly literal: JsonText | JsonKey | Encoded | null }

/**
 * The text as detectors see it: itself, unless it is JSON that holds escapes, or a document encoded.
 * Throws GW_CLASSIFY_TOO_DEEP.
 */
export function showNested (text: string): string {
  return showAt(text, 0)
}

/** The text of a document that stands in base64, as detectors see it; null where it is none. */
export function showBase64 (encoded: string): string | null {
  const text = textOfBase64(encoded)
  return text === null ? null : showAt(text, 1)
}

/** Kinds of content within a text, JSON and documents in it included, that no detector of text can read. */
export function unreadWithin (text: string): UnscannedKind[] {
  if (text.length <= longText && !/data:/i.test(text)) return []
  const found = new Set<UnscannedKind>()
  gatherUnread(text, 0, found)
  return [...found]
}

/** JSON texts that are longer may hold what is not text without a single escape. */
const longText = 1024

function gatherUnread (text: string, level: number, found: Set<UnscannedKind>): void {
  const inner = innerOf(text)
  const kind = inner === null ? unreadKind(text) : null
  if (kind !== null) found.add(kind)
  if (inner === null || level === deepestNesting) return
  if (inner.kind === 'document') gatherUnread(inner.text, level + 1, found)
  else for (const literal of literalsOf(inner.root)) if (literal.kind !== 'number') gatherUnread(literal.text, level + 1, found)
}

function showAt (text: string, level: number): string {
  return mayHide(text) ? stretchesOf(text, level)?.map(({ shown }) => shown).join('') ?? text : text
}

/** Without an escape, and where no document is encoded in it, a text hides nothing, whatever it is. */
function mayHide (text: string): boolean {
  return text.includes('\\') || text.length > longText || /;base64,/i.test(text) || readDataUrl(text) !== null
}

/** What a text is beside itself: JSON, or a document encoded from `start` on. */
type Inner =
  | { readonly kind: 'json', readonly root: JsonNode }
  | { readonly kind: 'document', readonly encoding: Encoded['kind'], readonly start: number, readonly text: string }

function innerOf (text: string): Inner | null {
  if (/^[ \t\r\n]*["[{]/.test(text)) {
    const root = readJsonText(text)
    return root === null ? null : { kind: 'json', root }
  }
  const url = readDataUrl(text)
  const decoded = url !== null ? textOfDataUrl(text, url) : isLongBase64(text) ? textOfBase64(text) : null
  return decoded === null ? null : { kind: 'document', encoding: url?.isBase64 === false ? 'percent' : 'base64', start: url?.start ?? 0, text: decoded }
}

/** Null where the text is nothing beside itself. */
function stretchesOf (text: string, level: number): Stretch[] | null {
  const inner = innerOf(text)
  if (inner === null) return null
  if (level === deepestNesting) throw new GatewayError('GW_CLASSIFY_TOO_DEEP')
  if (inner.kind === 'json') return stretchesAround(text, literalsOf(inner.root), level)
  const { encoding, start, text: decoded } = inner
  return [
    { start: 0, end: start, shown: text.slice(0, start), literal: null },
    { start, end: text.length, shown: showAt(decoded, level + 1), literal: { kind: encoding, text: decoded } }
  ]
}

function literalsOf (root: JsonNode): Array<JsonText | JsonKey> {
  const literals: Array<JsonText | JsonKey> = []
  gatherLiterals(root, literals)
  return literals
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
    const { start, end } = withinQuotes(literal)
    plain(at, start)
    stretches.push({ start, end, shown: literal.kind === 'number' ? literal.text : showAt(literal.text, level + 1), literal })
    at = end
  }
  plain(at, text.length)
  return stretches
}

function withinQuotes ({ kind, start, end }: JsonText | JsonKey): { start: number, end: number } {
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
    if (own.length > 0) lowered.push(lowerStretch(text, stretch, own, level))
    shownAt = shownEnd
  }
  if (taken < edits.length) throw new GatewayError('GW_POLICY_REDACTION')
  return lowered
}

/** As {@link lowerNested}, for a document that stands in base64: it is encoded anew. */
export function lowerBase64 (encoded: string, edits: readonly TextEdit[]): TextEdit[] {
  const text = textOfBase64(encoded)
  if (text === null) throw new GatewayError('GW_POLICY_REDACTION')
  const edited = applyTextEdits(text, lowerAt(text, edits, 1))
  return [{ start: 0, end: encoded.length, replacement: encodeBase64(edited, encoded) }]
}

/** In the alphabet of `before`. */
function encodeBase64 (text: string, before: string): string {
  return Buffer.from(text).toString(/[-_]/.test(before) ? 'base64url' : 'base64')
}

/** A number becomes a string; what is no literal holds the rest together. */
function lowerStretch (whole: string, { start, end, literal, shown }: Stretch, edits: readonly TextEdit[], level: number): TextEdit {
  if (literal === null) throw new GatewayError('GW_POLICY_REDACTION')
  if (literal.kind === 'number') return { start, end, replacement: JSON.stringify(applyTextEdits(shown, edits)) }
  const edited = applyTextEdits(literal.text, lowerAt(literal.text, edits, level + 1))
  switch (literal.kind) {
    case 'base64': return { start, end, replacement: encodeBase64(edited, whole.slice(start, end)) }
    case 'percent': return { start, end, replacement: encodeURIComponent(edited) }
    default: return { start, end, replacement: JSON.stringify(edited).slice(1, -1) }
  }
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
