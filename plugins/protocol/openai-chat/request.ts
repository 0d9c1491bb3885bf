/** Reads a request: its model, shape and leaves. Throws GW_CLASSIFY_* and GW_REQUEST_* for what cannot be read. */
import { readJson, itemsOf, memberOf } from '../../../core/content/json.ts'
import { leavesOf } from '../../../core/content/leaves.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Leaf } from '../../../core/pipeline/facts.ts'
import type { ByteSpan, RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { requestKeys } from './known.ts'
import { readModel, requireTypes } from './require.ts'
import { serverSideOf } from './server-side.ts'
import { readShape } from './shape.ts'
import { toolNames } from './tools.ts'
import { unscannedOf } from './unscanned.ts'

export function readRequest (request: RawRequest): RequestReading {
  requireForm(request)
  const root = readJson(request.body)
  const model = readModel(root)
  requireTypes(root)
  const { unscanned, without } = unscannedOf(root)
  const leaves = leavesOf(root, { known: requestKeys, without })
  return {
    action: 'chat',
    model,
    shape: readShape(root, tokenEstimate(leaves)),
    tools: toolNames(root),
    messageCount: itemsOf(memberOf(root, 'messages')).length,
    leaves,
    unscanned,
    serverSide: serverSideOf(root),
    resource: null,
    target: { path: '/chat/completions', query: '' },
    macParts: body => aroundModel(body, model.span)
  }
}

/** The target of an endpoint has no query, so that one would be dropped unsaid. */
function requireForm ({ query, contentType, contentEncoding }: RawRequest): void {
  if (query !== '') throw new GatewayError('GW_REQUEST_PATH')
  const media = readMediaType(contentType)
  const isIdentity = contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity'
  const isRead = media !== null && media.type === 'application/json' && isJson(media) && !media.hasOther
  if (!isRead || !isIdentity) throw new GatewayError('GW_CLASSIFY_MEDIA_TYPE')
}

const bytesPerToken = 4

/** Strings alone count; numbers and keys are few. */
function tokenEstimate (leaves: readonly Leaf[]): number {
  let bytes = 0
  for (const { kind, start, end } of leaves) if (kind === 'string') bytes += end - start - 2
  return Math.ceil(bytes / bytesPerToken)
}

function aroundModel (body: Uint8Array, { start, end }: ByteSpan): Uint8Array[] {
  return [body.subarray(0, start), body.subarray(end)]
}
