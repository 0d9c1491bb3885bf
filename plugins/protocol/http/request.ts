/** Reads a request of any HTTP API. Throws GW_REQUEST_* and GW_CLASSIFY_* for what cannot be read. */
import { readJson, type JsonNode } from '../../../core/content/json.ts'
import { readContent, type Content } from '../../../core/content/leaves.ts'
import { Place } from '../../../core/content/map.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { showNested } from '../../../core/content/nested.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Leaf, LeafPlace } from '../../../core/pipeline/facts.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { normalPath, readQuery, readSegments, targetPath } from './target.ts'

const body = new Place({}, '/body')
const noContent: Content = { leaves: [], unscanned: [], serverSide: [], fixed: new Set(), tokens: 0 }
const bytesPerToken = 4

export function readRequest (request: RawRequest): RequestReading {
  const root = readBody(request)
  return readingOf(request, [], root === null ? noContent : readContent(root, body))
}

/**
 * The reading of a request, whatever was read of its body.
 * @param around leaves that stand neither in path, query and forwarded headers nor in the body
 */
export function readingOf (request: RawRequest, around: readonly Leaf[], { leaves, unscanned, fixed }: Pick<Content, 'leaves' | 'unscanned' | 'fixed'>): RequestReading {
  const { method, path, query, route, headers, accept } = request
  return {
    action: `http.${method.toLowerCase()}`,
    model: null,
    shape: {
      stream: accept?.toLowerCase().startsWith('text/event-stream') === true,
      tokenEstimate: Math.ceil(request.body.length / bytesPerToken),
      maxOutputTokens: null,
      outputFormat: null,
      workload: 'chat',
      toolCount: 0
    },
    tools: [],
    messageCount: 0,
    leaves: [...pathLeaves(path), ...queryLeaves(query), ...headerLeaves(headers), ...around, ...leaves],
    fixed,
    unscanned,
    serverSide: [],
    resource: { type: 'http', id: normalPath(path), family: route },
    target: { path: targetPath(path, route, request.stripPrefix), query },
    macParts: sent => [...[method, path, query, ...byName(headers).flat()].map(text => Buffer.from(text)), sent]
  }
}

function byName (headers: RawRequest['headers']): RawRequest['headers'] {
  return headers.toSorted(([a], [b]) => a < b ? -1 : Number(a > b))
}

/** Null where there is none. GET and HEAD have none: servers disagree on what one would mean (RFC 9110 section 9.3.1). */
function readBody ({ method, contentType, contentEncoding, body }: RawRequest): JsonNode | null {
  if (body.length === 0) return null
  if (method === 'GET' || method === 'HEAD') throw new GatewayError('GW_REQUEST_INVALID')
  const media = readMediaType(contentType)
  const isIdentity = contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity'
  if (media === null || !isJson(media) || media.hasOther || !isIdentity) throw new GatewayError('GW_CLASSIFY_MEDIA_TYPE')
  return readJson(body)
}

function pathLeaves (path: string): Leaf[] {
  const segments = readSegments(path)
  return segments.map((text, index) => leafAround('path', 'string', text, segments.slice(0, index + 1), '/path/*'))
}

function queryLeaves (query: string): Leaf[] {
  return readQuery(query).flatMap(({ name, value }) => [
    leafAround('query', 'key', name, [name], '/query/*'),
    leafAround('query', 'string', value, [name], '/query/*')
  ])
}

export function headerLeaves (headers: RawRequest['headers']): Leaf[] {
  return headers.map(([name, value]) => leafAround('header', 'string', value, [name], `/headers/${name}`))
}

function leafAround (place: LeafPlace, kind: Leaf['kind'], text: string, path: readonly string[], pattern: string): Leaf {
  return { path, pattern, place, kind, text: showNested(text), start: 0, end: 0 }
}
