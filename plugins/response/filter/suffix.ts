/** A visible mark behind what an answer says: never within code or JSON, and once where a text goes on from block to block. */
import type { AnswerEvent, EventWriter, Lane, LaneEdit, PieceEdit, Shape, StreamLane } from '../../../core/pipeline/plugin.ts'

/** What is put behind texts of an answer in this format. */
export function suffixFor (suffix: string, { outputFormat }: Pick<Shape, 'outputFormat'>): string {
  return outputFormat === 'json_object' || outputFormat === 'json_schema' ? '' : suffix
}

/** Watches one text, whole or in pieces, for whether something can stand behind it. */
export class TextEnd {
  #fence: string | null = null
  /** The beginning of the last line. */
  #line = ''
  #beginning = ''

  push (piece: string): this {
    if (this.#beginning === '') this.#beginning = piece.trimStart().charAt(0)
    for (let at = 0; at <= piece.length;) {
      const feed = piece.indexOf('\n', at)
      const end = feed === -1 ? piece.length : feed
      if (this.#line.length < longestFence) this.#line += piece.slice(at, Math.min(end, at + longestFence))
      if (feed === -1) break
      this.#fence = this.#after()
      this.#line = ''
      at = feed + 1
    }
    return this
  }

  /** False for no text, for JSON, and within a block of code that is not closed. */
  get isProse (): boolean {
    return this.#beginning !== '' && this.#beginning !== '{' && this.#beginning !== '[' && this.#after() === null
  }

  /** The fence that is open after the last line. */
  #after (): string | null {
    const [, fence = null] = /^ {0,3}(```|~~~)/.exec(this.#line) ?? []
    if (fence === null) return this.#fence
    return this.#fence === null ? fence : this.#fence === fence ? null : this.#fence
  }
}

/** Characters of a line by which a fence is known. */
const longestFence = 8

/** A run of text that goes on from lane to lane: a choice, or the whole answer. */
function runOf ({ path }: Pick<Lane, 'path'>): string {
  return path[0] === 'choices' ? `choices/${path[1] ?? ''}` : path[0] ?? ''
}

/** The lanes of an answer that get a suffix, by their indexes: the last text of each run, wherever it stands. */
export function suffixedLanes (lanes: readonly Lane[]): number[] {
  const last = new Map<string, string>()
  for (const lane of lanes) if (lane.kind === 'text' && lane.text !== '') last.set(runOf(lane), lane.name)
  return lanes.flatMap((lane, index) => lane.kind === 'text' && last.get(runOf(lane)) === lane.name && new TextEnd().push(lane.text).isProse ? [index] : [])
}

/** The edits, and with them the suffix behind the last character of a text, which stands in a literal. */
export function withSuffix (edits: readonly LaneEdit[], lane: number, text: string, suffix: string): LaneEdit[] {
  const touching = edits.find(edit => edit.lane === lane && edit.end === text.length)
  if (touching !== undefined) return edits.map(edit => edit === touching ? { ...edit, replacement: edit.replacement + suffix } : edit)
  const start = /[\udc00-\udfff]$/.test(text) && text.length > 1 ? text.length - 2 : text.length - 1
  return [...edits, { lane, start, end: text.length, replacement: text.slice(start) + suffix }]
}

/** An event to be let go, with what is put behind its texts. */
export interface Appended { readonly before: readonly AnswerEvent[], readonly edits: readonly PieceEdit[], readonly lanes: readonly StreamLane[] }

/** Puts the suffix behind the texts of a stream. */
export class StreamSuffix {
  readonly #suffix: string
  readonly #writer: EventWriter
  readonly #ends = new Map<StreamLane, TextEnd>()
  readonly #marked = new Set<StreamLane>()

  constructor (suffix: string, writer: EventWriter) {
    this.#suffix = suffix
    this.#writer = writer
  }

  /** Takes note of an event. Answers whether a text ends with it that may get the suffix, unless the next event goes on with it. */
  take ({ pieces, closes, mark }: AnswerEvent): boolean {
    for (const { lane, role, text } of pieces) {
      if (role !== 'next' || lane.kind !== 'text') continue
      const end = this.#ends.get(lane) ?? new TextEnd()
      this.#ends.set(lane, end.push(text))
    }
    return mark !== 'terminal' && closes.some(lane => this.#isDue(lane))
  }

  /** What comes with an event, the next one being known (null: there is none). */
  append (event: AnswerEvent, next: AnswerEvent | null): Appended {
    const before: AnswerEvent[] = []
    const edits: PieceEdit[] = []
    const lanes: StreamLane[] = []
    for (const lane of event.closes) {
      if (!this.#isDue(lane)) continue
      if (goesOn(lane, next)) {
        this.#ends.delete(lane)
        continue
      }
      this.#marked.add(lane)
      lanes.push(lane)
      const last = event.pieces.findLastIndex(piece => piece.lane === lane && piece.role === 'next' && piece.text !== '')
      const inserted = last === -1 ? this.#writer.insert(lane, this.#suffix) : null
      if (inserted !== null) before.push(inserted)
      else if (last !== -1) edits.push(this.#behind(event, last))
    }
    for (const [index, { lane, role }] of event.pieces.entries()) if (role === 'again' && this.#marked.has(lane)) edits.push(this.#behind(event, index))
    return { before, edits, lanes }
  }

  #isDue (lane: StreamLane): boolean {
    return !this.#marked.has(lane) && this.#ends.get(lane)?.isProse === true
  }

  #behind ({ pieces }: AnswerEvent, piece: number): PieceEdit {
    const end = pieces[piece]?.text.length ?? 0
    return { piece, start: end, end, replacement: this.#suffix }
  }
}

/** True where the next event begins another text of the same run. */
function goesOn (lane: StreamLane, next: AnswerEvent | null): boolean {
  return next?.pieces.some(({ lane: other, role }) => role === 'next' && other !== lane && other.kind === 'text' && runOf(other) === runOf(lane)) === true
}
