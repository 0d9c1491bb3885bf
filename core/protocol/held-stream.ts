/**
 * A stream held whole, as one answer: for pipelines with a response stage that judges whole answers alone. The pieces of each
 * lane are put together, and edits go back into the events they came from.
 */
import { showNested, type TextEdit } from '../content/nested.ts'
import { lowerEdits } from '../content/edit.ts'
import { groupedBy } from '../content/grouped.ts'
import type { Lane, LaneEdit, Usage } from '../pipeline/facts.ts'
import type { AnswerEvent, PieceEdit, StreamCall, StreamLane } from '../pipeline/stream.ts'
import type { AnswerReading, AnswerStream } from './contract.ts'

interface Ref { readonly event: number, readonly piece: number, readonly length: number }

/** A lane of the whole: `refs` are the pieces that make its text, or places where that very text stands. */
interface Held { readonly lane: StreamLane, readonly index: number, readonly repeats: boolean, text: string, readonly refs: Ref[] }

/** Throws GW_UPSTREAM_BAD_RESPONSE, and GW_CLASSIFY_TOO_DEEP for JSON within strings that is nested too deeply. */
export function holdStream (stream: AnswerStream, { status, body, stream: wasAsked }: { readonly status: number, readonly body: Uint8Array, readonly stream: boolean }): AnswerReading {
  const events = [...stream.push(body), ...stream.end()]
  const held = hold(events)
  const lanes = held.map(({ lane: { name, kind, path }, text }): Lane => ({ name, kind, path, text: showNested(text) }))
  const calls = new Map(events.flatMap(({ calls }) => calls).map(call => [call.id, call]))
  return {
    answer: {
      status,
      lanes,
      finish: events.find(({ finish }) => finish !== null)?.finish ?? null,
      tools: [...calls.values()].map(({ name, lane }: StreamCall) => ({ name, lane: lane === null ? null : indexOf(held, lane) })),
      unscanned: events.flatMap(({ unscanned }) => unscanned),
      bytes: body.length,
      stream: wasAsked
    },
    usage: events.reduce<Usage | null>((last, { usage }) => usage ?? last, null),
    rewrite: edits => edits.length === 0 ? body : rewrite(events, held, lanes, edits),
    blocked: code => Buffer.from((events.at(-1) ?? stream).ending({ kind: 'blocked', code, message: '' }))
  }
}

function indexOf (held: readonly Held[], lane: StreamLane): number | null {
  return held.find(one => one.lane === lane)?.index ?? null
}

function hold (events: readonly AnswerEvent[]): Held[] {
  const byName = new Map<string, Held>()
  const numbers = new Map<StreamLane, number>()
  for (const [event, { pieces }] of events.entries()) {
    for (const [piece, { lane, role, text }] of pieces.entries()) {
      const isPart = role === 'next' || role === 'shadow'
      if (!numbers.has(lane)) numbers.set(lane, numbers.size)
      const name = `${numbers.get(lane) ?? 0} ${isPart ? 'next' : `whole ${text}`}`
      const one = byName.get(name) ?? { lane, index: byName.size, repeats: !isPart, text: isPart ? '' : text, refs: [] }
      if (isPart) one.text += text
      one.refs.push({ event, piece, length: text.length })
      byName.set(name, one)
    }
  }
  return [...byName.values()]
}

function rewrite (events: readonly AnswerEvent[], held: readonly Held[], lanes: readonly Lane[], edits: readonly LaneEdit[]): Uint8Array {
  const byEvent = new Map<number, PieceEdit[]>()
  for (const [index, own] of groupedBy(edits, ({ lane }) => lane)) {
    const one = held[index]
    if (one === undefined) throw new RangeError('there is no such lane')
    const lowered = lowerEdits(one.text, lanes[index]?.text ?? '', own)
    for (const { event, edit } of one.repeats ? everywhere(one.refs, lowered) : spread(one.refs, lowered)) byEvent.set(event, [...byEvent.get(event) ?? [], edit])
  }
  return Buffer.concat(events.map((event, index) => event.write(byEvent.get(index) ?? [], true).bytes))
}

interface Spread { readonly event: number, readonly edit: PieceEdit }

function everywhere (refs: readonly Ref[], edits: readonly TextEdit[]): Spread[] {
  return refs.flatMap(({ event, piece }) => edits.map(edit => ({ event, edit: { ...edit, piece } })))
}

/** Shares edits of a joined text out: a replacement stands in the piece where its edit begins, the rest is taken out. */
function spread (refs: readonly Ref[], edits: readonly TextEdit[]): Spread[] {
  const shared: Spread[] = []
  let from = 0
  let first = 0
  for (const { event, piece, length } of refs) {
    const to = from + length
    while ((edits[first]?.end ?? Infinity) <= from) first++
    for (let index = first; (edits[index]?.start ?? Infinity) < to; index++) {
      const edit = edits[index]
      if (edit !== undefined && edit.end > from) shared.push({ event, edit: within(edit, piece, from, to) })
    }
    from = to
  }
  return shared
}

function within ({ start, end, replacement }: TextEdit, piece: number, from: number, to: number): PieceEdit {
  return { piece, start: Math.max(start, from) - from, end: Math.min(end, to) - from, replacement: start >= from ? replacement : '' }
}
