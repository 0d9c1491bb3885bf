/** Reads a stream of JSON lines as it arrives (https://docs.ollama.com/api/streaming). */
import { LineReader } from '../../../core/content/ndjson.ts'
import { itemsOf, memberOf, presentMember, readJson, textMember, type JsonObject } from '../../../core/content/json.ts'
import type { AnswerEvent, StreamCall, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../core/protocol/contract.ts'
import { makeEvent } from '../../../core/protocol/event.ts'
import { asBadResponse, badResponse } from '../dialect/answer.ts'
import { EventDraft, StreamFields, type RoleOf } from '../dialect/event-draft.ts'
import { insertedLine } from '../dialect/inserted.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { finishOf, usageOf } from './usage.ts'
import { answerRoot } from './words.ts'

/** Texts that go on from line to line. */
const flows: ReadonlySet<string> = new Set(['message/content', 'message/thinking', 'response', 'thinking'])

const messagePlace = answerRoot.at('message')
const callsPlace = answerRoot.at('message/tool_calls')
const inPlace = (offset: number): number => offset

const roleOf: RoleOf = (_kind, path) => flows.has(path.join('/')) ? 'next' : 'whole'

export class LineStream implements AnswerStream {
  readonly #reader = new LineReader()
  readonly #fields = new StreamFields(logprobTexts)
  #calls = 0
  /** What every line repeats. */
  #model = ''
  #isDone = false

  push (bytes: Uint8Array): AnswerEvent[] {
    return this.#reader.push(bytes).map(line => this.#take(line))
  }

  end (): AnswerEvent[] {
    const last = this.#reader.end()
    const events = last === null ? [] : [this.#take(last)]
    if (!this.#isDone) throw badResponse()
    return events
  }

  /** A line that says nothing is none: clients would take it for a fault. */
  keepAlive (): null {
    return null
  }

  note (): null {
    return null
  }

  #take (bytes: Buffer): AnswerEvent {
    if (this.#isDone) throw badResponse()
    const root = readLine(bytes)
    this.#model = textMember(root, 'model') ?? this.#model
    const draft = this.#draft(bytes)
    const calls = this.#read(root, draft)
    const context = presentMember(root, 'context')
    if (context !== null) draft.void(context)
    this.#isDone = memberOf(root, 'done')?.kind === 'true'
    return makeEvent({
      mark: this.#isDone ? 'terminal' : 'content',
      bytes,
      pieces: draft.pieces,
      voided: draft.voided,
      closes: this.#isDone ? this.#fields.lanes.all() : [],
      calls,
      unscanned: draft.found,
      finish: finishOf(root),
      usage: usageOf(root),
      noted: null,
      rewritten: null,
      ending: endingOf
    })
  }

  #draft (bytes: Buffer): EventDraft {
    return new EventDraft(this.#fields, bytes, inPlace)
  }

  /** Calls come whole, and are counted over all lines. */
  #read (root: JsonObject, draft: EventDraft): StreamCall[] {
    const message = memberOf(root, 'message')
    const calls = memberOf(message, 'tool_calls')
    draft.sortOthers(root, [], answerRoot, roleOf, ['message'])
    if (message?.kind === 'object') draft.sortOthers(message, ['message'], messagePlace, roleOf, ['tool_calls'])
    else if (message !== null) draft.sort(message, ['message'], messagePlace, roleOf)
    if (calls !== null && calls.kind !== 'array') draft.sort(calls, ['message', 'tool_calls'], callsPlace, roleOf)
    return itemsOf(calls).map(call => {
      const path = ['message', 'tool_calls', String(this.#calls++)]
      draft.sort(call, path, callsPlace.below, roleOf)
      return { id: path.join('/'), name: textMember(memberOf(call, 'function'), 'name') ?? '', lane: draft.lane('tool_arguments', [...path, 'function', 'arguments']) }
    })
  }

  insert (lane: StreamLane, text: string): AnswerEvent | null {
    const [first, field] = lane.path
    if (!flows.has(lane.path.join('/'))) return null
    const bytes = lineOf({ model: this.#model, ...first === 'message' ? { message: { role: 'assistant', content: '', [field ?? '']: text } } : { response: '', [first ?? '']: text } })
    return insertedLine(bytes, { lane, at: lane.path, ending: endingOf, noted: null })
  }

  ending (end: StreamEnd): Uint8Array {
    return endingOf(end)
  }
}

function readLine (bytes: Buffer): JsonObject {
  try {
    const root = readJson(bytes)
    if (root.kind !== 'object' || presentMember(root, 'error') !== null) throw badResponse()
    return root
  } catch (thrown) {
    throw asBadResponse(thrown)
  }
}

function lineOf (members: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = { done: false }): Buffer {
  return Buffer.from(`${JSON.stringify({ model: '', created_at: new Date().toISOString(), ...members, ...more })}\n`)
}

/** A filtered stream is done, by a reason of its own; both forms of a line say so. A failed one ends with an error. */
function endingOf ({ kind, code, message }: StreamEnd): Buffer {
  if (kind === 'failed') return Buffer.from(`${JSON.stringify({ error: message, code })}\n`)
  return lineOf({ message: { role: 'assistant', content: '' }, response: '' }, { done: true, done_reason: 'content_filter' })
}
