/** Events that wait, in order, until all of their texts are judged. */
import { GatewayError, type AnswerEvent, type EventWriter, type PieceEdit } from '../../../core/pipeline/plugin.ts'
import type { LaneFlow } from './lane-flow.ts'
import type { PlannedEdits, WholeText, WholeTexts } from './whole-texts.ts'

/** Where a piece of an event stands in its lane; or a text that stands for itself. */
export type Part = { readonly flow: LaneFlow, readonly from: number, readonly to: number } | { readonly whole: WholeText }

/** `isMoved`: it holds a text that was moved already, and nothing else. `added`: edits that put something in, whatever was judged. */
interface Entry { readonly event: AnswerEvent, readonly parts: readonly Part[], readonly isMoved: boolean, readonly added: readonly PieceEdit[] }

/** What events may leave, and with which edits. */
export interface Terms {
  /** True where everything was judged: nothing is held any more. */
  readonly isEnd: boolean
  /** True where nothing is held for what may still be found in it. */
  readonly isObserved: boolean
  readonly editsOf: (whole: WholeText, isAppended: boolean) => PlannedEdits
}

const nothingAdded: readonly PieceEdit[] = []

/** Beyond this, events of other lanes do not wait for one whose text is not judged: that text is moved behind them. */
const mostWaiting = 8
const mostWaitingBytes = 16 * 1024
/** The most that is held in all, as of whole answers. */
const mostHeldBytes = 64 * 1024 * 1024

export class EventQueue {
  readonly #writer: EventWriter
  readonly #whole: WholeTexts
  #entries: Entry[] = []
  #bytes = 0
  #isEdited = false
  /** Why the answer ended, once an event has said so. */
  finish: string | null = null

  constructor (writer: EventWriter, whole: WholeTexts) {
    this.#writer = writer
    this.#whole = whole
  }

  /** An event without parts needs no judgement. Throws GW_UPSTREAM_BAD_RESPONSE for an answer too large to be held. */
  add (event: AnswerEvent, parts: readonly Part[], added: readonly PieceEdit[] = nothingAdded): void {
    this.#entries.push({ event, parts, isMoved: false, added })
    this.#bytes += event.bytes.length
    this.finish ??= event.finish
    if (this.#bytes > mostHeldBytes) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  }

  /** Lets go what may leave. `redactions` is how many were made. Throws GW_POLICY_REDACTION for one that cannot be made. */
  release (terms: Terms): { readonly events: readonly AnswerEvent[], readonly redactions: number } {
    const events: AnswerEvent[] = []
    let redactions = 0
    for (let head = this.#entries[0]; head !== undefined; head = this.#entries[0]) {
      if (!mayLeave(head, terms)) {
        const isLong = this.#entries.length > mostWaiting || this.#bytes > mostWaitingBytes
        if (isLong && this.#moveBehind(head, terms)) continue
        break
      }
      this.#entries.shift()
      this.#bytes -= head.event.bytes.length
      const written = this.#write(head, terms)
      events.push(written.event)
      redactions += written.redactions
    }
    return { events, redactions }
  }

  #write ({ event, parts, added }: Entry, terms: Terms): { readonly event: AnswerEvent, readonly redactions: number } {
    const pieceEdits: PieceEdit[] = []
    let redactions = 0
    for (const [piece, part] of parts.entries()) {
      if ('flow' in part) {
        for (const edit of part.flow.editsWithin(part.from, part.to)) pieceEdits.push({ piece, ...edit })
        redactions += part.flow.release(part.to)
      } else {
        const planned = terms.editsOf(part.whole, added.some(edit => edit.piece === piece))
        for (const edit of planned.edits) pieceEdits.push({ piece, ...edit })
        if (planned.redactions > 0 && !part.whole.isCounted) {
          part.whole.isCounted = true
          redactions += planned.redactions
        }
      }
    }
    this.#isEdited ||= pieceEdits.length > 0
    for (const edit of added) pieceEdits.push(edit)
    return { event: pieceEdits.length > 0 || this.#isEdited ? event.write(pieceEdits, this.#isEdited) : event, redactions }
  }

  /**
   * Cuts what is not judged off the first event and puts it behind the events of other lanes, before the next one of its own.
   * Answers whether that was possible, and lets anything go.
   */
  #moveBehind (head: Entry, terms: Terms): boolean {
    const open = head.parts.flatMap((part, piece) => 'flow' in part && !isJudged(part, terms) ? [{ ...part, piece }] : [])
    const [first, ...others] = open
    if (first === undefined || others.length > 0) return false
    const { flow, from, to, piece } = first
    const cut = Math.min(Math.max(settledOf(flow, terms), from), to)
    const place = this.#placeBehind(flow)
    if (!this.#entries.slice(1, place).some(entry => mayLeave(entry, terms))) return false
    if (head.isMoved && cut === from) {
      this.#entries.splice(place, 0, head)
      this.#entries.shift()
      return true
    }
    const text = head.event.pieces[piece]?.text.slice(cut - from) ?? ''
    const rest = this.#writer.insert(flow.lane, text)
    const part = rest?.pieces.findIndex(({ lane, role }) => lane === flow.lane && role === 'next') ?? -1
    if (rest === null || part === -1) return false
    const parts = rest.pieces.map((piece, index): Part => index === part ? { flow, from: cut, to } : this.#whole.judge(piece.lane, piece.text))
    this.#entries.splice(place, 0, { event: rest, parts, isMoved: true, added: nothingAdded })
    this.#entries[0] = {
      event: head.event.write([{ piece, start: cut - from, end: to - from, replacement: '' }], this.#isEdited),
      parts: head.parts.map((one, index) => index === piece ? { flow, from, to: cut } : one),
      isMoved: head.isMoved,
      added: head.added
    }
    this.#bytes += rest.bytes.length
    return true
  }

  /** Before the next event that goes on with the lane, closes it or ends the stream; else at the end. */
  #placeBehind ({ lane }: LaneFlow): number {
    const next = this.#entries.findIndex(({ event, parts }, index) => index > 0 && (
      event.mark === 'terminal' || event.closes.includes(lane) || parts.some(part => 'flow' in part && part.flow.lane === lane) || (parts.length === 0 && event.pieces.some(piece => piece.lane === lane))
    ))
    return next === -1 ? this.#entries.length : next
  }
}

function mayLeave ({ event, parts }: Entry, terms: Terms): boolean {
  if (terms.isEnd) return true
  if (event.mark === 'terminal') return false
  for (const part of parts) if ('flow' in part && !isJudged(part, terms)) return false
  return true
}

/** What is observed waits for pseudonyms alone. */
function settledOf (flow: LaneFlow, { isObserved }: Terms): number {
  return isObserved ? flow.restored : flow.settled
}

/** The last piece of a tool call's arguments waits for the call to be judged whole. */
function isJudged ({ flow, to }: Extract<Part, { readonly flow: LaneFlow }>, terms: Terms): boolean {
  if (settledOf(flow, terms) < to) return false
  return terms.isObserved || flow.lane.kind !== 'tool_arguments' || flow.isOver || to < flow.length
}
