/** Content that no detector of text can read: media, files, state at the endpoint, unknown kinds of parts, long base64. */
import { dataUrlKind, isBase64, isLongBase64, isPlainDataUrl } from '../../../core/content/binary.ts'
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { Unscanned, UnscannedKind } from '../../../core/pipeline/facts.ts'
import { requestKeys } from './known.ts'

export interface UnscannedContent {
  readonly unscanned: readonly Unscanned[]
  /** Strings that are nothing but such content: reading them as text would find numbers that are none. */
  readonly without: ReadonlySet<JsonNode>
}

interface Gathering { readonly unscanned: Unscanned[], readonly without: Set<JsonNode> }

const partPath = '/messages/*/content/*'

export function unscannedOf (root: JsonNode): UnscannedContent {
  const into: Gathering = { unscanned: [], without: new Set() }
  for (const message of itemsOf(memberOf(root, 'messages'))) {
    for (const part of itemsOf(memberOf(message, 'content'))) readPart(part, into)
    if (presentMember(message, 'audio') !== null) into.unscanned.push({ kind: 'state', path: '/messages/*/audio', bytes: sizeOf(memberOf(message, 'audio')) })
  }
  for (const part of itemsOf(memberOf(memberOf(root, 'prediction'), 'content'))) readPart(part, into)
  for (const name of ['previous_response_id', 'conversation', 'prompt']) {
    const state = presentMember(root, name)
    if (state !== null) into.unscanned.push({ kind: 'state', path: requestKeys.has(name) ? `/${name}` : '/*', bytes: sizeOf(state) })
  }
  findBinary(root, '', into)
  return into
}

function readPart (part: JsonNode, into: Gathering): void {
  const type = textMember(part, 'type')
  switch (type) {
    case 'text':
    case 'refusal': return
    case 'image_url': return readImage(part, into)
    case 'input_audio': return readBytes('audio', memberOf(memberOf(part, 'input_audio'), 'data'), part, into)
    case 'file': return readBytes('file', memberOf(memberOf(part, 'file'), 'file_data'), part, into)
    default: note('opaque', part, into)
  }
}

/** An image that the endpoint fetches is an image, and something remote besides. */
function readImage (part: JsonNode, into: Gathering): void {
  const image = memberOf(part, 'image_url')
  const url = image?.kind === 'string' ? image : memberOf(image, 'url')
  if (url?.kind === 'string' && dataUrlKind(url.text) !== null) {
    note('image', url, into)
    if (isPlainDataUrl(url.text)) into.without.add(url)
  } else {
    note('image', url ?? part, into)
    note('remote', url ?? part, into)
  }
}

function readBytes (kind: UnscannedKind, data: JsonNode | null, part: JsonNode, into: Gathering): void {
  note(kind, data ?? part, into)
  if (data?.kind === 'string' && (isPlainDataUrl(data.text) || isBase64(data.text))) into.without.add(data)
}

function note (kind: UnscannedKind, node: JsonNode, into: Gathering): void {
  into.unscanned.push({ kind, path: partPath, bytes: sizeOf(node) })
}

/** Bytes of a value as it stands in the body, without quotes. */
function sizeOf (node: JsonNode | null): number {
  if (node === null) return 0
  return node.end - node.start - (node.kind === 'string' ? 2 : 0)
}

/** Long base64 and `data:` URLs, wherever else they stand. */
function findBinary (node: JsonNode, path: string, into: Gathering): void {
  if (node.kind === 'string') {
    if (into.without.has(node)) return
    const kind = isLongBase64(node.text) ? 'binary' : path === `${partPath}/image_url/url` ? null : dataUrlKind(node.text)
    if (kind !== null) into.unscanned.push({ kind, path, bytes: sizeOf(node) })
  } else if (node.kind === 'array') {
    const inner = `${path}/*`
    for (const item of node.items) findBinary(item, inner, into)
  } else if (node.kind === 'object') {
    for (const { key, value } of node.members) findBinary(value, `${path}/${requestKeys.has(key.text) ? key.text : '*'}`, into)
  }
}
