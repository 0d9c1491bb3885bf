/**
 * Reads an answer of any HTTP API: of JSON every string, number and key is a lane; a text is one lane; anything else, and an
 * event stream with its texts cut to pieces, is content that was not scanned. Throws GW_UPSTREAM_BAD_RESPONSE.
 */
import { isUtf8 } from 'node:buffer'
import { readJson, type JsonNode } from '../../../core/content/json.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { isJson, isUtf8Charset, readMediaType, type MediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Unscanned, UnscannedKind } from '../../../core/pipeline/facts.ts'
import type { AnswerReading, Protocol } from '../../../core/protocol/contract.ts'
import { unscannedOf } from './unscanned.ts'

type RawAnswer = Parameters<Protocol['readAnswer']>[0]

export function readAnswer (raw: RawAnswer): AnswerReading {
  const gathering = new LaneGathering()
  try {
    return reading(raw, gathering, gather(raw, gathering))
  } catch (thrown) {
    // Strict JSON speaks of a caller's body; here it is the endpoint's.
    if (thrown instanceof GatewayError && thrown.code.startsWith('GW_CLASSIFY_')) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause: thrown })
    throw thrown
  }
}

function reading ({ status, body, stream }: RawAnswer, gathering: LaneGathering, unscanned: readonly Unscanned[]): AnswerReading {
  const lanes = gathering.finish()
  return {
    answer: { status, lanes: lanes.lanes, finish: null, tools: [], unscanned, bytes: body.length, stream },
    usage: null,
    rewrite: edits => lanes.rewrite(body, edits),
    blocked: () => null
  }
}

/** Gathers the lanes; what could not be scanned is returned. */
function gather ({ contentType, body }: RawAnswer, gathering: LaneGathering): readonly Unscanned[] {
  if (body.length === 0) return []
  const media = readMediaType(contentType)
  if (media !== null && isJson(media)) {
    const root = readJson(body)
    gatherNode(root, [], gathering)
    return unscannedOf(root)
  }
  if (media === null || !isText(media, body)) return [whole(media === null ? 'opaque' : 'binary', body)]
  gathering.add('text', ['body'], { kind: 'raw', text: Buffer.from(body).toString('utf8'), start: 0, end: body.length })
  return media.type === 'text/event-stream' ? [whole('opaque', body)] : []
}

function isText ({ type, charset }: MediaType, body: Uint8Array): boolean {
  return type.startsWith('text/') && isUtf8Charset(charset) && isUtf8(body)
}

function whole (kind: UnscannedKind, body: Uint8Array): Unscanned {
  return { kind, path: '/body', bytes: body.length }
}

function gatherNode (node: JsonNode, path: readonly string[], gathering: LaneGathering): void {
  switch (node.kind) {
    case 'string':
    case 'number':
      gathering.add('field', path, node)
      break
    case 'array':
      for (const [index, item] of node.items.entries()) gatherNode(item, [...path, String(index)], gathering)
      break
    case 'object':
      for (const { key, value } of node.members) {
        const own = [...path, key.text]
        gathering.add('field', own, key)
        gatherNode(value, own, gathering)
      }
  }
}
