/**
 * Reads a stream of response events as it arrives. Texts come in deltas and are said again, whole, by the events that end
 * them, their part, their item and the response: each is judged where it stands.
 */
import { countOf, memberOf, textMember, type JsonNode, type JsonObject } from '../../../core/content/json.ts'
import type { AnswerEvent, StreamCall, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import { badResponse } from '../dialect/answer.ts'
import { asWhole, filling, type EventDraft, type RoleOf } from '../dialect/event-draft.ts'
import { StreamShifts, type Pointer } from '../dialect/pointers.ts'
import { insertedEvent } from '../dialect/inserted.ts'
import { typedEvent, TypedStream, type EventNotes } from '../dialect/typed-stream.ts'
import type { AnswerPlace } from '../dialect/words.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { beginnings, endings, eventRoot, flows, isKnownEvent, parts, type FlowForm } from './events.ts'
import { annotationPointers, callOf, partPointers, pointersOf } from './items.ts'
import { finishOf, usageOf } from './usage.ts'
import { answerRoot, itemPlace, reasoningPlace } from './words.ts'

const asNext: RoleOf = () => 'next'
const again: RoleOf = () => 'again'
const againInOutput: RoleOf = (_kind, path) => path[0] === 'output' ? 'again' : 'whole'
const aboutRole: RoleOf = (_kind, path) => path.at(-1) === filling || path.at(-1) === 'delta' ? 'next' : 'whole'
const event: readonly string[] = ['event']

export class ResponseStream extends TypedStream {
  /** Number of the last event. */
  #sequence = -1
  /** Items by their index: what they are, what they are called, and the call that they make. */
  readonly #items = new Map<string, { readonly type: string, readonly id: string, readonly call: StreamCall | null }>()
  /** Citations point into texts. */
  readonly #shifts = new StreamShifts()

  constructor () {
    super(logprobTexts)
  }

  protected isKnown (type: string): boolean {
    return isKnownEvent(type)
  }

  protected take (root: JsonObject, type: string, draft: EventDraft): EventNotes {
    if (type === 'error') throw badResponse()
    this.#sequence = countOf(memberOf(root, 'sequence_number')) ?? this.#sequence + 1
    const flow = flows.get(type.replace(/\.(?:delta|done)$/, ''))
    if (flow !== undefined) return type.endsWith('.delta') ? this.#delta(root, flow, draft) : this.#done(root, flow, draft)
    if (beginnings.has(type) || endings.has(type)) return this.#response(root, type, draft)
    if (type === 'response.output_item.added' || type === 'response.output_item.done') return this.#item(root, type.endsWith('.done'), draft)
    const part = parts.get(type.replace(/\.(?:added|done)$/, ''))
    if (part !== undefined) return this.#part(root, part, type.endsWith('.done'), draft)
    if (type === 'response.output_text.annotation.added') return this.#annotation(root, draft)
    return this.#other(root, type, draft)
  }

  /** Whatever of an event is not part of the response. */
  #about (root: JsonObject, draft: EventDraft, ...without: readonly string[]): void {
    draft.sortOthers(root, event, eventRoot, aboutRole, without)
  }

  #response (root: JsonObject, type: string, draft: EventDraft): EventNotes {
    const response = memberOf(root, 'response')
    if (response?.kind !== 'object') throw badResponse()
    this.#about(root, draft, 'response')
    const isEnd = endings.has(type)
    draft.sort(response, [], answerRoot, isEnd ? againInOutput : asWhole)
    if (!isEnd) return {}
    const output = memberOf(response, 'output')
    const items = output?.kind === 'array' ? output.items : []
    const calls = items.flatMap((item, index) => this.#callOf(item, String(index), draft) ?? [])
    return {
      mark: 'terminal', closes: this.lanes.all(), calls, finish: finishOf(response), usage: usageOf(response), ...this.#moving(items.flatMap((item, index) => pointersOf(item, ['output', String(index)])), draft)
    }
  }

  #callOf (item: JsonNode, index: string, draft: EventDraft): StreamCall | null {
    const call = callOf(item, ['output', index])
    return call === null ? null : { id: `output/${index}`, name: call.name, lane: call.path === null ? null : draft.lane('tool_arguments', call.path) }
  }

  #item (root: JsonObject, isDone: boolean, draft: EventDraft): EventNotes {
    const index = numberOf(root, 'output_index')
    const item = memberOf(root, 'item')
    if (item?.kind !== 'object') throw badResponse()
    const type = textMember(item, 'type') ?? ''
    const call = this.#callOf(item, index, draft)
    this.#items.set(index, { type, id: plain(textMember(item, 'id')), call })
    this.#about(root, draft, 'item')
    draft.sort(item, ['output', index], placeOf(type), isDone ? again : asWhole)
    const said = isDone || draft.pieces.some(({ lane, text }) => lane === call?.lane && text !== '')
    const calls = call !== null && said ? [call] : []
    return isDone ? { closes: this.#lanesOf(['output', index]), calls, ...this.#moving(pointersOf(item, ['output', index]), draft) } : { calls }
  }

  #part (root: JsonObject, [list, member]: readonly [string, string], isDone: boolean, draft: EventDraft): EventNotes {
    const index = numberOf(root, 'output_index')
    const path = ['output', index, list, numberOf(root, member)]
    const part = memberOf(root, 'part')
    if (part?.kind !== 'object') throw badResponse()
    this.#about(root, draft, 'part')
    draft.sort(part, path, answerRoot.at(`${placeOf(this.#items.get(index)?.type ?? '').name}/${list}/*`), isDone ? again : asWhole)
    return isDone ? { closes: this.#lanesOf(path), ...this.#moving(partPointers(part, path), draft) } : {}
  }

  #delta (root: JsonObject, { kind, path }: FlowForm, draft: EventDraft): EventNotes {
    const delta = memberOf(root, 'delta')
    if (delta?.kind !== 'string') throw badResponse()
    draft.add(kind, pathOf(root, path), delta, 'next')
    this.#about(root, draft, 'delta')
    return { noted: this.#shifts.follow(draft.pieces) }
  }

  #done (root: JsonObject, { kind, whole, path }: FlowForm, draft: EventDraft): EventNotes {
    const own = pathOf(root, path)
    const text = memberOf(root, whole)
    if (text?.kind === 'string') draft.add(kind, own, text, 'again')
    this.#about(root, draft, ...text?.kind === 'string' ? [whole] : [])
    const call = kind === 'tool_arguments' ? this.#items.get(own[1] ?? '')?.call ?? null : null
    return { closes: this.#lanesOf(own), calls: call === null ? [] : [call] }
  }

  #annotation (root: JsonObject, draft: EventDraft): EventNotes {
    const path = pathOf(root, ['content', 'CONTENT_INDEX'])
    const annotation = memberOf(root, 'annotation')
    this.#about(root, draft, 'annotation')
    if (annotation !== null) draft.sort(annotation, [...path, 'annotations', numberOf(root, 'annotation_index')], annotationPlace, asWhole)
    return this.#moving(annotationPointers(annotation, path), draft)
  }

  /** Steps of tools that the endpoint runs, images and sound, and whatever is new. */
  #other (root: JsonObject, type: string, draft: EventDraft): EventNotes {
    const delta = memberOf(root, 'delta')
    const isSound = type === 'response.audio.delta'
    if (delta !== null && (isSound || type === 'response.audio.transcript.delta')) {
      draft.sort(delta, ['audio', isSound ? 'data' : 'transcript'], eventRoot.at(isSound ? 'audio' : 'transcript'), asNext)
      this.#about(root, draft, 'delta')
    } else this.#about(root, draft)
    return {}
  }

  #lanesOf (path: readonly string[]): StreamLane[] {
    return this.lanes.all().filter(lane => path.every((name, index) => lane.path[index] === name))
  }

  /** Citations follow the text that they point into. */
  #moving (pointers: readonly Pointer[], draft: EventDraft): EventNotes {
    return pointers.length === 0 ? {} : { rewritten: this.#shifts.pointing(pointers, draft.place) }
  }

  insert (lane: StreamLane, text: string): AnswerEvent | null {
    const [output, index = '', ...inner] = lane.path
    const numbered = inner.map(name => /^\d+$/.test(name) ? '#' : name).join('/')
    const form = [...flows].find(([, { kind, path }]) => kind === lane.kind && path.map(name => /^[A-Z]/.test(name) ? '#' : name).join('/') === numbered)
    if (output !== 'output' || form === undefined) return null
    const [type, { path }] = form
    const numbers = Object.fromEntries(path.flatMap((name, at) => /^[A-Z]/.test(name) ? [[name.toLowerCase(), Number(inner[at])]] : []))
    const members = { item_id: this.#items.get(index)?.id ?? '', output_index: Number(index), ...numbers, delta: text, sequence_number: this.#sequence }
    return insertedEvent(typedEvent(`${type}.delta`, members), { lane, at: ['delta'], ending: this.endingNow(), noted: this.#shifts.inserted(lane, text) })
  }

  ending (end: StreamEnd): Uint8Array {
    return endingOf(end, this.#sequence)
  }

  protected endingNow (): (end: StreamEnd) => Uint8Array {
    const sequence = this.#sequence
    return end => endingOf(end, sequence)
  }
}

const reasoningRoot = answerRoot.at(reasoningPlace)
const itemRoot = answerRoot.at(itemPlace)
const annotationPlace = answerRoot.at(`${itemPlace}/content/*/annotations/*`)

function placeOf (type: string): AnswerPlace {
  return type === 'reasoning' ? reasoningRoot : itemRoot
}

function numberOf (root: JsonNode, name: string): string {
  const number = countOf(memberOf(root, name))
  if (number === null) throw badResponse()
  return String(number)
}

function pathOf (root: JsonNode, path: readonly string[]): string[] {
  return ['output', numberOf(root, 'output_index'), ...path.map(name => /^[A-Z]/.test(name) ? numberOf(root, name.toLowerCase()) : name)]
}

/** An identifier of the form that items have, or none. */
function plain (text: string | null): string {
  return /^[a-z]{1,16}_[A-Za-z0-9]{1,128}$/.test(text ?? '') ? text ?? '' : ''
}

/** A filtered stream ends as an incomplete response, in which nothing is said again; a failed one with an error. */
function endingOf ({ kind, code, message }: StreamEnd, sequence: number): Buffer {
  if (kind === 'failed') return Buffer.from(typedEvent('error', { code, message, param: null, sequence_number: sequence + 1 }))
  const response = {
    id: 'resp_sallyport', object: 'response', created_at: Math.floor(Date.now() / 1000), status: 'incomplete', error: null, incomplete_details: { reason: 'content_filter' }, model: '', output: [], usage: null
  }
  return Buffer.from(typedEvent('response.incomplete', { response, sequence_number: sequence + 1 }))
}
