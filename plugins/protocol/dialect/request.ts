/** What reading a request is in every dialect whose bodies are JSON and name a model. */
import { applyLeafEdits } from '../../../core/content/edit.ts'
import { memberOf, readJson, type JsonNode } from '../../../core/content/json.ts'
import { readContent, type Content } from '../../../core/content/leaves.ts'
import type { Place } from '../../../core/content/map.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { LeafEdit, RawRequest, RequestReading } from '../../../core/protocol/contract.ts'

export interface OpenedRequest {
  readonly root: JsonNode
  readonly model: NonNullable<RequestReading['model']>
  readonly content: Content
  readonly tokenEstimate: number
}

/** Reads a body along the map of its dialect. Throws GW_CLASSIFY_* and GW_REQUEST_* for what cannot be read. */
export function openRequest (request: RawRequest, map: Place): OpenedRequest {
  requireForm(request)
  const root = readJson(request.body)
  const model = readModel(root)
  const content = readContent(root, map)
  return { root, model, content, tokenEstimate: tokenEstimate(content) }
}

/** The target of an endpoint has no query, so that one would be dropped unsaid. */
function requireForm ({ query, contentType, contentEncoding }: RawRequest): void {
  if (query !== '') throw new GatewayError('GW_REQUEST_PATH')
  const media = readMediaType(contentType)
  const isIdentity = contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity'
  const isRead = media !== null && media.type === 'application/json' && isJson(media) && !media.hasOther
  if (!isRead || !isIdentity) throw new GatewayError('GW_CLASSIFY_MEDIA_TYPE')
}

/** Throws GW_CLASSIFY_UNREADABLE where the body is no object, GW_REQUEST_MODEL_MISSING where it names no model. */
function readModel (root: JsonNode): OpenedRequest['model'] {
  if (root.kind !== 'object') throw new GatewayError('GW_CLASSIFY_UNREADABLE')
  const model = memberOf(root, 'model')
  if (model?.kind !== 'string' || model.text === '') throw new GatewayError('GW_REQUEST_MODEL_MISSING')
  return { name: model.text, span: { start: model.start, end: model.end } }
}

const bytesPerToken = 4

/** Strings, and what came in tokens already; other numbers and keys are few. */
function tokenEstimate ({ leaves, tokens }: Content): number {
  let bytes = 0
  for (const { kind, start, end } of leaves) if (kind === 'string') bytes += end - start - 2
  return Math.ceil(bytes / bytesPerToken) + tokens
}

type Own = Pick<RequestReading, 'action' | 'shape' | 'tools' | 'messageCount'>

/** The whole reading: what the dialect itself makes of a request, and what all have in common. Written out, since spreading costs more than reading a short body. */
export function readingOf ({ model, content }: OpenedRequest, path: string, { action, shape, tools, messageCount }: Own): RequestReading {
  const { leaves, unscanned, serverSide, fixed } = content
  const { start, end } = model.span
  return {
    action,
    model,
    shape,
    tools,
    messageCount,
    leaves,
    fixed,
    unscanned,
    serverSide,
    resource: null,
    target: { path, query: '' },
    macParts: body => [body.subarray(0, start), body.subarray(end)]
  }
}

/** The body with these edits. Throws GW_POLICY_REDACTION for one of what cannot be edited. */
export function editRequest (request: RawRequest, { leaves, fixed }: RequestReading, edits: readonly LeafEdit[]): Uint8Array {
  if (edits.some(({ leaf }) => fixed.has(leaf))) throw new GatewayError('GW_POLICY_REDACTION')
  return applyLeafEdits(request.body, leaves, edits)
}
