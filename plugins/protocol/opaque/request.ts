/** Reads a request with a body of any kind: lists it, and finds what text there is. Throws GW_REQUEST_*. */
import { isUtf8 } from 'node:buffer'
import { isTextualType } from '../../../core/content/binary.ts'
import { readJson } from '../../../core/content/json.ts'
import { readContent } from '../../../core/content/leaves.ts'
import { Place } from '../../../core/content/map.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { boundaryOf, readForm, type FormPart } from '../../../core/content/multipart.ts'
import { showNested } from '../../../core/content/nested.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Leaf } from '../../../core/pipeline/facts.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { headerLeaves, readingOf } from '../http/request.ts'

const bodyMap = new Place({}, '/body')

export function readRequest (request: RawRequest): RequestReading {
  const { body, contentType } = request
  if (body.length === 0) return readingOf(request, [], { leaves: [], unscanned: [], fixed: new Set() })
  if (request.method === 'GET' || request.method === 'HEAD') throw new GatewayError('GW_REQUEST_INVALID')
  const about = contentType === null ? [] : headerLeaves([['content-type', contentType]])
  return readingOf(request, about, { leaves: textsOf(request), unscanned: [{ kind: 'opaque', path: '/body', bytes: body.length }], fixed: new Set() })
}

/** Whatever reads as text. What cannot be read is no fault here: the body is listed in any case. */
function textsOf (request: RawRequest): readonly Leaf[] {
  const { body, contentType, contentEncoding } = request
  if (contentEncoding !== null && contentEncoding.trim().toLowerCase() !== 'identity') return []
  const boundary = boundaryOf(contentType)
  const parts = boundary === null ? null : readForm(body, boundary)
  if (parts !== null) return parts.flatMap(part => partLeaves(body, part))
  const media = readMediaType(contentType)
  if (media !== null && isJson(media)) return jsonLeaves(body) ?? textLeaves(body)
  if (media?.type === 'application/x-www-form-urlencoded') return formLeaves(body)
  return textLeaves(body)
}

function jsonLeaves (body: Uint8Array): readonly Leaf[] | null {
  try {
    return readContent(readJson(body), bodyMap).leaves
  } catch (thrown) {
    if (thrown instanceof GatewayError) return null
    throw thrown
  }
}

function partLeaves (body: Uint8Array, { name, filename, type, start, end }: FormPart): Leaf[] {
  const content = body.subarray(start, end)
  const isText = filename === null || (type !== null && isTextualType(type))
  return [
    bodyLeaf('key', name, [name]),
    ...(filename === null ? [] : [bodyLeaf('string', filename, [name, 'filename'])]),
    ...(isText ? textLeaves(content, [name]) : [])
  ]
}

function formLeaves (body: Uint8Array): Leaf[] {
  return [...new URLSearchParams(Buffer.from(body).toString('latin1'))].flatMap(([name, value]) => [bodyLeaf('key', name, [name]), bodyLeaf('string', value, [name])])
}

function textLeaves (bytes: Uint8Array, path: readonly string[] = []): Leaf[] {
  return isUtf8(bytes) ? [bodyLeaf('string', Buffer.from(bytes).toString('utf8'), path)] : []
}

function bodyLeaf (kind: Leaf['kind'], text: string, path: readonly string[]): Leaf {
  return { path, pattern: path.length === 0 ? '/body' : '/body/*', place: 'body', kind, text: showNested(text), start: 0, end: 0 }
}
