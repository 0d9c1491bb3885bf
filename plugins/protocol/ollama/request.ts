/** Reads a request: its model, shape and leaves. Throws GW_CLASSIFY_* and GW_REQUEST_* for what cannot be read. */
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import { Place } from '../../../core/content/map.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { openRequest, readingOf, type OpenedRequest } from '../dialect/request.ts'
import { countMember, embeddingShape, lengthOf, namesOf, textsOf, workloadOf, type ReadShape } from '../dialect/shape.ts'
import { chatMap, embeddingsMap, embedMap, generateMap } from './map.ts'

interface Operation {
  readonly map: Place
  readonly action: string
  shape (opened: OpenedRequest): ReadShape
  messages (root: JsonNode): number
}

const generation = { shape: generationShape }
const embedding = { action: 'embedding', shape: ({ tokenEstimate }: OpenedRequest) => embeddingShape(tokenEstimate) }

/** By the last word of the path, wherever the route lies. */
const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['chat', { ...generation, map: new Place(chatMap, ''), action: 'chat', messages: root => lengthOf(root, 'messages') }],
  ['generate', { ...generation, map: new Place(generateMap, ''), action: 'completion', messages: root => textsOf(presentMember(root, 'prompt')) }],
  ['embed', { ...embedding, map: new Place(embedMap, ''), messages: root => textsOf(presentMember(root, 'input')) }],
  ['embeddings', { ...embedding, map: new Place(embeddingsMap, ''), messages: () => 1 }]
])

export function readRequest (request: RawRequest): RequestReading {
  const name = request.path.slice(request.path.lastIndexOf('/') + 1)
  const operation = operations.get(name)
  if (operation === undefined) throw new GatewayError('GW_REQUEST_NOT_FOUND')
  const opened = openRequest(request, operation.map)
  return readingOf(opened, `/api/${name}`, {
    action: operation.action,
    shape: operation.shape(opened),
    tools: toolNames(opened.root),
    messageCount: operation.messages(opened.root)
  })
}

/** It streams unless it is told not to. */
function generationShape ({ root, tokenEstimate }: OpenedRequest): ReadShape {
  const toolCount = lengthOf(root, 'tools')
  const outputFormat = formatOf(presentMember(root, 'format'))
  return {
    stream: memberOf(root, 'stream')?.kind !== 'false',
    tokenEstimate,
    maxOutputTokens: outputTokens(presentMember(root, 'options')),
    outputFormat,
    workload: workloadOf({ toolCount, outputFormat, tokenEstimate }),
    toolCount
  }
}

function formatOf (format: JsonNode | null): ReadShape['outputFormat'] {
  if (format === null || (format.kind === 'string' && format.text === '')) return 'text'
  return format.kind === 'string' ? 'json_object' : 'json_schema'
}

/** -1 and -2 stand for no bound. */
function outputTokens (options: JsonNode | null): number | null {
  const bound = presentMember(options, 'num_predict')
  return bound?.kind === 'number' && /^-[12]$/.test(bound.text) ? null : countMember(options, 'num_predict')
}

function toolNames (root: JsonNode): string[] {
  return namesOf(itemsOf(memberOf(root, 'tools')).map(tool => textMember(memberOf(tool, 'function'), 'name')))
}
