/**
 * Answers that come piece by piece: what a response stage reads of a stream, event after event, and what a classify stage
 * offers to judge texts that are not whole yet. docs/streams.md tells it in one piece.
 */
import type { Finding, Lane, ResponseDecision, Unscanned, Usage } from './facts.ts'

/** A span of a text, by UTF-16 units from the text's beginning. */
export type TextFinding = Omit<Finding, 'leaf'>

/** How far a text is judged. */
export interface Settled {
  /** In UTF-16 units from the text's beginning, never lower than before: nothing before it can become part of a finding any more. */
  readonly upTo: number
  /** Findings that end at or before `upTo` and were not told before, in the order of the text. */
  readonly findings: readonly TextFinding[]
  /**
   * Values too long to be held until their ends: they count as found, and all text from their starts on belongs to them until
   * they are told among `findings` with their ends. `end` is where the text ends now; `upTo` may lie beyond `start`.
   */
  readonly open: readonly TextFinding[]
  /** True from the first such value on. */
  readonly hasOverflown: boolean
}

/**
 * Detectors over one text that comes in pieces. What it tells over all pieces are the very findings of a scan of the whole
 * text, however the text was cut, but for values longer than `maxHold`.
 */
export interface TextScanner {
  push (piece: string): Settled | Promise<Settled>
  /** The text is over: settles all of it. Called once, last. */
  end (): Settled | Promise<Settled>
}

export interface ScannerOptions {
  /** Most UTF-16 units that may be held back for a value that is not over yet. */
  readonly maxHold: number
}

/** A lane of a stream: one object a lane, the same in every event. */
export type StreamLane = Omit<Lane, 'text'>

/** A text that stands in an event. */
export interface StreamPiece {
  readonly lane: StreamLane
  /** Decoded, as it stands in the event. */
  readonly text: string
  /**
   * - `next`: goes on with its lane
   * - `whole`: stands for itself: an identifier, a name, a field that no chunk goes on with
   * - `again`: says once more, whole, what the stream has said before; judged for itself, counted once
   * - `shadow`: goes on with a lane that shadows another (log probabilities): judged, and voided as soon as anything of the
   *   answer was edited
   */
  readonly role: 'next' | 'whole' | 'again' | 'shadow'
}

/** A tool call that is complete; `lane` holds its arguments. One told again, by its id, takes the place of what was told before. */
export interface StreamCall { readonly id: string, readonly name: string, readonly lane: StreamLane | null }

/** How a stream that does not come to its own end is ended. */
export interface StreamEnd {
  readonly kind: 'blocked' | 'failed'
  /** The code and its text for callers. */
  readonly code: string
  readonly message: string
}

/** Replace `[start, end)` (UTF-16 units) of the text of a piece, by its index. */
export interface PieceEdit { readonly piece: number, readonly start: number, readonly end: number, readonly replacement: string }

/** One event of a stream. Immutable. */
export interface AnswerEvent {
  /** Whether it carries content, says content again, only counts, or ends the stream. */
  readonly mark: 'content' | 'repeat' | 'usage' | 'terminal'
  /** As it goes out: as received where nothing was written anew. */
  readonly bytes: Uint8Array
  readonly pieces: readonly StreamPiece[]
  /** Lanes whose text is over with this event; nothing follows in them. */
  readonly closes: readonly StreamLane[]
  /** Tool calls known to be complete by this event. */
  readonly calls: readonly StreamCall[]
  /** Content in it that no detector can read. */
  readonly unscanned: readonly Unscanned[]
  /** Why the answer ended, where this event says so. */
  readonly finish: string | null
  readonly usage: Usage | null
  /**
   * The same event with these edits: sorted, none overlapping another; no byte outside them changes. Those of shadows are
   * passed over.
   * @param isEdited true where anything of the answer, here or before, was edited: shadows are then voided
   * Throws GW_POLICY_REDACTION for an edit that cannot be made.
   */
  write (edits: readonly PieceEdit[], isEdited: boolean): AnswerEvent
  /** The rest of the stream, in the format's own way, were it to end after this event. */
  ending (end: StreamEnd): Uint8Array
}

/** Makes events that the endpoint did not send. */
export interface EventWriter {
  /** An event that goes on with a lane, for text that was held back or added; null where the format has no such event. */
  insert (lane: StreamLane, text: string): AnswerEvent | null
}

/** What a response stage lets go. */
export interface FilterStep {
  /** Events that may leave now, in order. */
  readonly events: readonly AnswerEvent[]
  /** True where the answer ends here: nothing that was taken and is not among `events` leaves. */
  readonly isBlocked: boolean
}

/** What a response stage decided about a stream, so far or at its end. */
export interface StreamDecision extends Omit<ResponseDecision, 'edits' | 'headers' | 'members'> {
  /** True where a value was too long to be held and was taken for found. */
  readonly holdOverflow: boolean
}

/**
 * A response stage at work on one stream. Calls come one after another, each after the one before was answered. Of several
 * stages each takes the events that the one before let go.
 */
export interface AnswerFilter {
  /** Headers to set (lower-case names): they are sent before the first event. */
  readonly headers: Readonly<Record<string, string>>
  take (event: AnswerEvent): FilterStep | Promise<FilterStep>
  /** The stream has come to its proper end: all that is left is judged, then let go or blocked. Called once, last. */
  finish (): FilterStep | Promise<FilterStep>
  decision (): StreamDecision
}
