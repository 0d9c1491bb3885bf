/** The events of a stream (https://platform.openai.com/docs/api-reference/responses-streaming), by type. */
import type { Lane } from '../../../core/pipeline/facts.ts'
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'

/** A text that comes in deltas and is then said once more, whole. */
export interface FlowForm {
  readonly kind: Lane['kind']
  /** The member of the last event that says it whole. */
  readonly whole: string
  /** Leads from the item to the text; a name in capitals stands for that member's number. */
  readonly path: readonly string[]
}

const ofContent = (kind: Lane['kind'], name: string): FlowForm => ({ kind, whole: name, path: ['content', 'CONTENT_INDEX', name] })
const ofItem = (name: string): FlowForm => ({ kind: 'tool_arguments', whole: name, path: [name] })

/** By the type of its deltas without `.delta`; that of the whole ends in `.done`. */
export const flows: ReadonlyMap<string, FlowForm> = new Map([
  ['response.output_text', ofContent('text', 'text')],
  ['response.refusal', ofContent('refusal', 'refusal')],
  ['response.reasoning_text', ofContent('reasoning', 'text')],
  ['response.reasoning_summary_text', { kind: 'reasoning', whole: 'text', path: ['summary', 'SUMMARY_INDEX', 'text'] }],
  ['response.function_call_arguments', ofItem('arguments')],
  ['response.mcp_call_arguments', ofItem('arguments')],
  ['response.custom_tool_call_input', ofItem('input')],
  ['response.code_interpreter_call_code', ofItem('code')]
])

/** Events that carry the response as it stands. */
export const beginnings: ReadonlySet<string> = new Set(['response.created', 'response.in_progress', 'response.queued'])
export const endings: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/** Events that carry an item, or a part of one: the list it is in, and the member that says where. */
export const parts: ReadonlyMap<string, readonly [list: string, index: string]> = new Map([
  ['response.content_part', ['content', 'content_index']],
  ['response.reasoning_summary_part', ['summary', 'summary_index']]
])

const steps = ['in_progress', 'searching', 'completed', 'generating', 'interpreting', 'failed']
const known: ReadonlySet<string> = new Set([
  ...beginnings,
  ...endings,
  'response.output_item.added', 'response.output_item.done', 'response.output_text.annotation.added',
  ...[...parts.keys()].flatMap(type => [`${type}.added`, `${type}.done`]),
  ...[...flows.keys(), 'response.audio', 'response.audio.transcript'].flatMap(type => [`${type}.delta`, `${type}.done`]),
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call', 'mcp_call', 'mcp_list_tools'].flatMap(item => steps.map(step => `response.${item}.${step}`)),
  'response.image_generation_call.partial_image'
])

export function isKnownEvent (type: string): boolean {
  return known.has(type)
}

/** Words of an event that are no part of the response. */
export const eventWords: AnswerWords = {
  keys: new Set([
    'type', 'sequence_number', 'response', 'item', 'item_id', 'output_index', 'content_index', 'summary_index', 'annotation_index', 'annotation', 'part', 'delta', 'text', 'refusal', 'arguments', 'input',
    'code', 'name', 'logprobs', 'obfuscation', 'partial_image_b64', 'partial_image_index', 'background', 'size', 'quality', 'output_format'
  ]),
  lanes: new Map([['transcript', 'transcript']]),
  closed: new Map([['type', known]]),
  counts: ['sequence_number', 'output_index', 'content_index', 'summary_index', 'annotation_index', 'partial_image_index'],
  media: new Map([['partial_image_b64', 'image'], ['audio', 'audio']]),
  logprobs: new Set(['logprobs'])
}

export const eventRoot = new AnswerPlace(eventWords)
