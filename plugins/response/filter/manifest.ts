/**
 * Manifests that stand in a text (C2PA 2.3, section A.7): U+FEFF, then variation selectors that each spell one byte, the first
 * eight of them `C2PATXT\0`. They prove where the text is from, as it was: an edit of the text voids them.
 */

const mark = '\ufeff'
const magic = mark + [...Buffer.from('C2PATXT\0', 'latin1')].map(selectorOf).join('')

/** The variation selector that spells a byte: VS1 to VS16, then VS17 to VS256. */
function selectorOf (byte: number): string {
  return String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16)
}

/** Places in UTF-16 units. */
export interface Manifest { readonly start: number, readonly end: number }

export function manifestsIn (text: string): Manifest[] {
  const found: Manifest[] = []
  for (let start = text.indexOf(magic); start !== -1; start = text.indexOf(magic, start + 1)) found.push({ start, end: endOfSelectors(text, start + magic.length) })
  return found
}

/** Where the variation selectors from a place on end. */
function endOfSelectors (text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code >= 0xfe00 && code <= 0xfe0f) at += 1
    else if (code === 0xdb40 && text.charCodeAt(at + 1) >= 0xdd00 && text.charCodeAt(at + 1) <= 0xddef) at += 2
    else return at
  }
}

/** Reason of an answer in which a manifest was taken out. */
export const manifestRemoved = 'mark.manifest_removed'

interface Edit { readonly start: number, readonly end: number, readonly replacement: string }

/** Edits of a text, and with them the removal of every manifest in it; an edit that touches one takes it along. */
export function withoutManifests<T extends Edit> (manifests: readonly Manifest[], edits: readonly T[], removal: (manifest: Manifest) => T): T[] {
  return manifests.reduce<T[]>((all, manifest) => {
    const touching = all.find(({ start, end }) => start < manifest.end && end > manifest.start)
    if (touching === undefined) return [...all, removal(manifest)]
    return all.map(edit => edit === touching ? { ...edit, start: Math.min(edit.start, manifest.start), end: Math.max(edit.end, manifest.end) } : edit)
  }, [...edits])
}

/** The most units of a manifest that are held until its text is over. */
const longestHeld = 64 * 1024

/** Manifests in a text that comes in pieces: they wait until the text is over. */
export class ManifestFlow {
  /** The text from the first mark on that may begin a manifest. */
  #kept = ''
  #from = 0
  #length = 0
  #isWaiting = false

  /** @param from where the first piece stands in its text */
  constructor (from: number) {
    this.#length = from
  }

  /** Takes the next piece. Answers up to where the text need not wait. */
  push (piece: string): number {
    if (this.#isWaiting) this.#kept += piece
    else this.#look(piece, this.#length)
    this.#length += piece.length
    while (this.#isWaiting && !this.#mayBegin()) this.#look(this.#kept.slice(1), this.#from + 1)
    return this.#isWaiting ? this.#from : this.#length
  }

  /** All manifests that were waited for. */
  all (): Manifest[] {
    return this.#isWaiting ? manifestsIn(this.#kept).map(({ start, end }) => ({ start: start + this.#from, end: end + this.#from })) : []
  }

  #look (text: string, from: number): void {
    const at = text.indexOf(mark)
    this.#isWaiting = at !== -1
    this.#from = from + at
    this.#kept = at === -1 ? '' : text.slice(at)
  }

  /** True where the text kept begins with a manifest of reasonable length, or may do so yet. */
  #mayBegin (): boolean {
    return this.#kept.length <= longestHeld && (this.#kept.startsWith(magic) || magic.startsWith(this.#kept))
  }
}
