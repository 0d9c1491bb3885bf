/** Reads a stream of message events as it arrives (https://docs.anthropic.com/en/docs/build-with-claude/streaming). */
import { countOf, memberOf, presentMember, textMember, type JsonNode, type JsonObject } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerEvent, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import { badResponse } from '../dialect/answer.ts'
import { asWhole, type EventDraft, type RoleOf } from '../dialect/event-draft.ts'
import { insertedEvent } from '../dialect/inserted.ts'
import { typedEvent, TypedStream, type EventNotes } from '../dialect/typed-stream.ts'
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'
import { errorType } from './error.ts'
import { callTypes, usageOf } from './usage.ts'
import { answerRoot, answerWords } from './words.ts'

const known: ReadonlySet<string> = new Set(['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop', 'ping'])

/** The words of an event that are no part of the message. */
export const eventWords: AnswerWords = {
  keys: new Set([...answerWords.keys, 'index', 'delta', 'message', 'content_block', 'partial_json', 'citation']),
  lanes: new Map(),
  closed: new Map([['type', known], ['delta/type', new Set(['text_delta', 'input_json_delta', 'thinking_delta', 'signature_delta', 'citations_delta'])], ['delta/stop_reason', answerWords.closed.get('stop_reason') ?? known]]),
  counts: ['index', 'usage/', ...answerWords.counts.filter(place => place.startsWith('content/*/citations/*/')).map(place => place.replace('content/*/citations/*', 'delta/citation'))],
  media: new Map([['delta/signature', 'encrypted'], ['delta/citation/encrypted_index', 'encrypted']])
}

export const eventRoot = new AnswerPlace(eventWords)

/** Deltas that go on with a lane of their block. */
const deltas: ReadonlyMap<string, readonly [field: string, lane: string, kind: StreamLane['kind']]> = new Map([
  ['text_delta', ['text', 'text', 'text']],
  ['thinking_delta', ['thinking', 'thinking', 'reasoning']],
  ['input_json_delta', ['partial_json', 'input', 'tool_arguments']]
])

const lanesOfBlocks: ReadonlySet<string> = new Set([...deltas.values()].map(([, lane]) => lane))
const event: readonly string[] = ['event']

interface Block { readonly type: string, readonly name: string }

export class MessageStream extends TypedStream {
  #hasBegun = false
  #hasDelta = false
  #open: { readonly index: number, readonly block: Block } | null = null
  #usage: Usage | null = null

  protected isKnown (type: string): boolean {
    return known.has(type)
  }

  protected take (root: JsonObject, type: string, draft: EventDraft): EventNotes {
    if (type === 'error') throw badResponse()
    if (type !== 'message_start' && type !== 'ping' && !this.#hasBegun) throw badResponse()
    switch (type) {
      case 'message_start': return this.#start(root, draft)
      case 'content_block_start': return this.#startBlock(root, draft)
      case 'content_block_delta': return this.#delta(root, draft)
      case 'content_block_stop': return this.#stopBlock(root, draft)
      case 'message_delta': return this.#end(root, draft)
      case 'message_stop':
        this.#other(root, draft)
        return { mark: 'terminal', closes: this.lanes.all() }
      default:
        this.#other(root, draft)
        return {}
    }
  }

  /** Whatever of an event is not part of the message. */
  #other (root: JsonObject, draft: EventDraft, ...without: readonly string[]): void {
    draft.sortOthers(root, event, eventRoot, asWhole, without)
  }

  #start (root: JsonObject, draft: EventDraft): EventNotes {
    const message = memberOf(root, 'message')
    if (this.#hasBegun || message?.kind !== 'object') throw badResponse()
    this.#hasBegun = true
    this.#other(root, draft, 'message')
    draft.sort(message, [], answerRoot, asWhole)
    this.#usage = usageOf(presentMember(message, 'usage'))
    return { usage: this.#usage }
  }

  #startBlock (root: JsonObject, draft: EventDraft): EventNotes {
    const index = indexOf(root)
    const block = memberOf(root, 'content_block')
    if (this.#open !== null || block?.kind !== 'object') throw badResponse()
    this.#open = { index, block: { type: textMember(block, 'type') ?? '', name: textMember(block, 'name') ?? '' } }
    this.#other(root, draft, 'content_block')
    // Clients put what stands here before the deltas; an input that is empty is only a place for them.
    const input = memberOf(block, 'input')
    const isPlace = input?.kind === 'object' && input.members.length === 0
    draft.sortOthers(block, ['content', String(index)], answerRoot.at('content/*'), startRole, isPlace ? ['input'] : [])
    return {}
  }

  #delta (root: JsonObject, draft: EventDraft): EventNotes {
    const index = indexOf(root)
    const delta = memberOf(root, 'delta')
    if (this.#open?.index !== index || delta?.kind !== 'object') throw badResponse()
    const [field, name, kind] = deltas.get(textMember(delta, 'type') ?? '') ?? []
    const text = field === undefined ? null : memberOf(delta, field)
    if (field !== undefined && text?.kind !== 'string') throw badResponse()
    if (text?.kind === 'string' && name !== undefined && kind !== undefined) draft.add(kind, ['content', String(index), name], text, 'next')
    this.#other(root, draft, 'delta')
    draft.sortOthers(delta, ['event', 'delta'], eventRoot.at('delta'), asWhole, field === undefined ? [] : [field])
    return {}
  }

  #stopBlock (root: JsonObject, draft: EventDraft): EventNotes {
    const index = indexOf(root)
    if (this.#open?.index !== index) throw badResponse()
    const { block } = this.#open
    this.#open = null
    this.#other(root, draft)
    const own = this.lanes.all().filter(({ path }) => path[0] === 'content' && path[1] === String(index))
    const lane = own.find(({ kind }) => kind === 'tool_arguments') ?? null
    return { closes: own, calls: callTypes.has(block.type) ? [{ id: `content/${index}`, name: block.name, lane }] : [] }
  }

  #end (root: JsonObject, draft: EventDraft): EventNotes {
    this.#hasDelta = true
    this.#other(root, draft)
    const usage = presentMember(root, 'usage')
    const said = usageOf(usage)
    const outputTokens = countOf(memberOf(usage, 'output_tokens'))
    if (said !== null) this.#usage = said
    else if (outputTokens !== null && this.#usage !== null) this.#usage = { ...this.#usage, outputTokens }
    return { finish: textMember(memberOf(root, 'delta'), 'stop_reason'), usage: this.#usage }
  }

  insert (lane: StreamLane, text: string): AnswerEvent | null {
    const [content, block, name, ...deeper] = lane.path
    const form = [...deltas].find(([, [, own, kind]]) => own === name && kind === lane.kind)
    if (content !== 'content' || deeper.length > 0 || form === undefined) return null
    const [type, [field]] = form
    const index = Number(block)
    const ending = (end: StreamEnd): Buffer => endingOf(end, { hasBegun: true, hasDelta: false, open: index })
    return insertedEvent(typedEvent('content_block_delta', { index, delta: { type, [field]: text } }), { lane, at: ['delta', field], ending, noted: null })
  }

  ending (end: StreamEnd): Uint8Array {
    return endingOf(end, { hasBegun: false, hasDelta: false, open: null })
  }

  protected endingNow (): (end: StreamEnd) => Uint8Array {
    const state = { hasBegun: this.#hasBegun, hasDelta: this.#hasDelta, open: this.#open?.index ?? null }
    return end => endingOf(end, state)
  }
}

/** A block may begin with some of its text. */
const startRole: RoleOf = (_kind, path) => path.length === 3 && lanesOfBlocks.has(path[2] ?? '') ? 'next' : 'whole'

function indexOf (root: JsonNode): number {
  const index = countOf(memberOf(root, 'index'))
  if (index === null) throw badResponse()
  return index
}

interface Sent { readonly hasBegun: boolean, readonly hasDelta: boolean, readonly open: number | null }

/** A refused stream closes its block, gives its stop reason and stops; a failed one ends with an error. */
function endingOf ({ kind, code, message }: StreamEnd, { hasBegun, hasDelta, open }: Sent): Buffer {
  if (kind === 'failed') return Buffer.from(typedEvent('error', { error: { type: errorType(502), message, code } }))
  const begin = { message: { id: 'msg_sallyport', type: 'message', role: 'assistant', model: '', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 0, output_tokens: 0 } } }
  return Buffer.from([
    ...hasBegun ? [] : [typedEvent('message_start', begin)],
    ...open === null ? [] : [typedEvent('content_block_stop', { index: open })],
    ...hasDelta ? [] : [typedEvent('message_delta', { delta: { stop_reason: 'refusal', stop_sequence: null }, usage: { output_tokens: 0 } })],
    typedEvent('message_stop', {})
  ].join(''))
}
