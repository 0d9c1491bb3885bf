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
  return readingOf(opened, '/chat/completions', {
    action: 'chat',
    shape: readShape(opened.root, opened.tokenEstimate),
    tools: toolNames(opened.root),
    messageCount: lengthOf(opened.root, 'messages')
  })
}

function readShape (root: JsonNode, tokenEstimate: number): ReadShape {
  const toolCount = lengthOf(root, 'tools') + lengthOf(root, 'functions')
  const outputFormat = formatOf(presentMember(root, 'response_format'))
  return {
    stream: memberOf(root, 'stream')?.kind === 'true',
    tokenEstimate,
    maxOutputTokens: outputTokens(root),
    outputFormat,
    workload: workloadOf({ toolCount, outputFormat, tokenEstimate }),
    toolCount
  }
}

/** The larger bound where both are given, for each of the `n` choices. */
function outputTokens (root: JsonNode): number | null {
  const bounds = ['max_completion_tokens', 'max_tokens'].flatMap(name => countMember(root, name) ?? [])
  const choices = Math.max(1, countMember(root, 'n') ?? 1)
  return bounds.length === 0 ? null : Math.max(...bounds) * choices
}

/** Functions and custom tools offered. */
function toolNames (root: JsonNode): string[] {
  return namesOf([
    ...itemsOf(memberOf(root, 'tools')).map(tool => textMember(memberOf(tool, textMember(tool, 'type') ?? ''), 'name')),
    ...itemsOf(memberOf(root, 'functions')).map(tool => textMember(tool, 'name'))
  ])
}
