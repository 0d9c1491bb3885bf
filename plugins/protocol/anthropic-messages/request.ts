/** Reads a request: its model, shape and leaves. Throws GW_CLASSIFY_* and GW_REQUEST_* for what cannot be read. */
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import { Place } from '../../../core/content/map.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { openRequest, readingOf } from '../dialect/request.ts'
import { countMember, lengthOf, namesOf, workloadOf, type ReadShape } from '../dialect/shape.ts'
import { requestMap } from './map.ts'

const map = new Place(requestMap, '')

/** What is asked for stands at the end of the path, wherever the route lies. */
export function readRequest (request: RawRequest): RequestReading {
  const isCount = request.path.endsWith('/count_tokens')
  if (!isCount && !request.path.endsWith('/messages') && request.path !== request.route) throw new GatewayError('GW_REQUEST_NOT_FOUND')
  const opened = openRequest(request, map)
  return readingOf(opened, isCount ? '/v1/messages/count_tokens' : '/v1/messages', {
    action: isCount ? 'count_tokens' : 'chat',
    shape: readShape(opened.root, opened.tokenEstimate, isCount),
    tools: toolNames(opened.root),
    messageCount: lengthOf(opened.root, 'messages')
  })
}

function readShape (root: JsonNode, tokenEstimate: number, isCount: boolean): ReadShape {
  const toolCount = lengthOf(root, 'tools')
  const format = presentMember(memberOf(root, 'output_config'), 'format') ?? presentMember(root, 'output_format')
  const outputFormat = format === null ? 'text' : 'json_schema'
  return {
    stream: memberOf(root, 'stream')?.kind === 'true',
    tokenEstimate,
    maxOutputTokens: isCount ? 0 : countMember(root, 'max_tokens'),
    outputFormat,
    workload: workloadOf({ toolCount, outputFormat, tokenEstimate }),
    toolCount
  }
}

/** Tools that the caller runs: those of its own, and those that have a name the endpoint gave. */
function toolNames (root: JsonNode): string[] {
  return namesOf(itemsOf(memberOf(root, 'tools')).map(tool => textMember(tool, 'name')))
}
