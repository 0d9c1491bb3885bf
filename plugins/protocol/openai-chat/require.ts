/** What a request must look like: a field of a wrong type is refused, since endpoints differ in what they make of it. */
import { itemsOf, memberOf, presentMember, type JsonNode } from '../../../core/content/json.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { RequestReading } from '../../../core/protocol/contract.ts'

/** Throws GW_CLASSIFY_UNREADABLE where the body is no object, GW_REQUEST_MODEL_MISSING where it names no model. */
export function readModel (root: JsonNode): NonNullable<RequestReading['model']> {
  if (root.kind !== 'object') throw new GatewayError('GW_CLASSIFY_UNREADABLE')
  const model = memberOf(root, 'model')
  if (model?.kind !== 'string' || model.text === '') throw new GatewayError('GW_REQUEST_MODEL_MISSING')
  return { name: model.text, span: { start: model.start, end: model.end } }
}

type Kind = JsonNode['kind']

const kinds: ReadonlyArray<readonly [name: string, kinds: readonly Kind[]]> = [
  ['messages', ['array']],
  ['stream', ['true', 'false', 'null']],
  ['store', ['true', 'false', 'null']],
  ['background', ['true', 'false', 'null']],
  ['tools', ['array', 'null']],
  ['functions', ['array', 'null']],
  ['response_format', ['object', 'null']],
  ['max_tokens', ['number', 'null']],
  ['max_completion_tokens', ['number', 'null']],
  ['n', ['number', 'null']]
]

/** Throws GW_REQUEST_INVALID. */
export function requireTypes (root: JsonNode): void {
  if (memberOf(root, 'messages') === null || misspells(root)) throw invalid()
  for (const [name, allowed] of kinds) {
    const value = memberOf(root, name)
    if (value !== null && !allowed.includes(value.kind)) throw invalid()
  }
  for (const message of itemsOf(memberOf(root, 'messages'))) requireMessage(message)
  for (const tool of [...itemsOf(memberOf(root, 'tools')), ...itemsOf(memberOf(root, 'functions'))]) if (tool.kind !== 'object') throw invalid()
}

const readNames = ['model', 'models', 'web_search_options', 'previous_response_id', 'conversation', 'prompt', 'plugins', 'data_sources', 'search_parameters', 'route', ...kinds.map(([name]) => name)]
const byFold: ReadonlyMap<string, string> = new Map(readNames.map(name => [fold(name), name]))

/** Some endpoints match keys without regard to case: `Model` beside `model` would ask them for another one. */
function misspells (root: JsonNode): boolean {
  return root.kind === 'object' && root.members.some(({ key }) => (byFold.get(fold(key.text)) ?? key.text) !== key.text)
}

/** Upper case first: it takes `ſ` and the Kelvin sign to plain letters too. */
function fold (name: string): string {
  return name.toUpperCase().toLowerCase()
}

function requireMessage (message: JsonNode): void {
  if (message.kind !== 'object' || memberOf(message, 'role')?.kind !== 'string') throw invalid()
  const content = presentMember(message, 'content')
  if (content !== null && content.kind !== 'string' && content.kind !== 'array') throw invalid()
  for (const part of itemsOf(content)) if (memberOf(part, 'type')?.kind !== 'string') throw invalid()
  const calls = presentMember(message, 'tool_calls')
  if (calls !== null && calls.kind !== 'array') throw invalid()
}

function invalid (): GatewayError {
  return new GatewayError('GW_REQUEST_INVALID')
}
