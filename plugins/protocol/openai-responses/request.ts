/** Reads a request: its model, shape and leaves. Throws GW_CLASSIFY_* and GW_REQUEST_* for what cannot be read. */
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import { Place } from '../../../core/content/map.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { openRequest, readingOf } from '../dialect/request.ts'
import { countMember, formatOf, lengthOf, namesOf, workloadOf, type ReadShape } from '../dialect/shape.ts'
import { requestMap } from './map.ts'

const map = new Place(requestMap, '')

export function readRequest (request: RawRequest): RequestReading {
  const opened = openRequest(request, map)
  return readingOf(opened, '/responses', {
    action: 'chat',
    shape: readShape(opened.root, opened.tokenEstimate),
    tools: toolNames(itemsOf(memberOf(opened.root, 'tools'))),
    messageCount: messagesOf(presentMember(opened.root, 'input'))
  })
}

function messagesOf (input: JsonNode | null): number {
  return input?.kind === 'string' ? 1 : itemsOf(input).length
}

function readShape (root: JsonNode, tokenEstimate: number): ReadShape {
  const toolCount = lengthOf(root, 'tools')
  const outputFormat = formatOf(presentMember(memberOf(root, 'text'), 'format'))
  return {
    stream: memberOf(root, 'stream')?.kind === 'true',
    tokenEstimate,
    maxOutputTokens: countMember(root, 'max_output_tokens'),
    outputFormat,
    workload: workloadOf({ toolCount, outputFormat, tokenEstimate }),
    toolCount
  }
}

/** Functions and custom tools offered, those of namespaces included. */
function toolNames (tools: readonly JsonNode[]): string[] {
  return namesOf(tools.flatMap(tool => {
    const type = textMember(tool, 'type')
    if (type === 'namespace') return toolNames(itemsOf(memberOf(tool, 'tools')))
    return type === 'function' || type === 'custom' ? [textMember(tool, 'name')] : []
  }))
}
