/** Reads a whole answer: a completion, an error, or a stream. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { countOf, itemsOf, memberOf, presentMember, readJson, textMember, type JsonNode } from '../../../core/content/json.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Unscanned, Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerHead, AnswerReading, AnswerStream, Protocol } from '../../../core/protocol/contract.ts'
import { holdStream } from '../../../core/protocol/held-stream.ts'
import { sortFields } from './fields.ts'
import { logprobTexts } from './logprobs.ts'
import { ChatStream } from './stream.ts'
import { ToolCalls } from './tool-calls.ts'

export type RawAnswer = Parameters<Protocol['readAnswer']>[0]

/** By what the endpoint says it sent, whatever was asked for. */
export function openAnswer ({ contentType }: AnswerHead): AnswerStream | null {
  return readMediaType(contentType)?.type === 'text/event-stream' ? new ChatStream() : null
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  try {
    const stream = openAnswer(raw)
    if (stream !== null) return holdStream(stream, raw)
    const media = readMediaType(raw.contentType)
    if (raw.contentType !== null && (media === null || !isJson(media))) throw badResponse()
    return readWhole(raw)
  } catch (thrown) {
    // Strict JSON speaks of a caller's body; here it is the endpoint's.
    if (thrown instanceof GatewayError && thrown.code.startsWith('GW_CLASSIFY_')) throw badResponse(thrown)
    throw thrown
  }
}

function readWhole ({ status, body, stream }: RawAnswer): AnswerReading {
  const root = readJson(body)
  if (status < 400 && memberOf(root, 'choices')?.kind !== 'array') throw badResponse()
  const gathering = new LaneGathering()
  const unscanned: Unscanned[] = []
  const dropped: JsonNode[] = []
  const calls = new ToolCalls()
  sortFields(root, [], '', {
    text: (kind, path, node) => { calls.note(path, node.text, gathering.add(kind, path, node)) },
    unscanned: entry => { unscanned.push(entry) },
    logprobs: (node, path) => {
      dropped.push(node)
      for (const text of logprobTexts(node)) gathering.addDerived('field', path, text)
    }
  })
  const lanes = gathering.finish()
  return {
    answer: { status, lanes: lanes.lanes, finish: finishOf(root), tools: calls.list(), unscanned, bytes: body.length, stream },
    usage: readUsage(root),
    rewrite: edits => lanes.rewrite(body, edits, dropped.filter(({ kind }) => kind !== 'null')),
    blocked: () => null
  }
}

function finishOf (root: JsonNode): string | null {
  const reasons = itemsOf(memberOf(root, 'choices')).map(choice => textMember(choice, 'finish_reason'))
  return reasons.find(reason => reason !== null) ?? null
}

/** What the endpoint counted, or null where it does not say. */
export function readUsage (root: JsonNode): Usage | null {
  const usage = presentMember(root, 'usage')
  const inputTokens = countOf(memberOf(usage, 'prompt_tokens'))
  const outputTokens = countOf(memberOf(usage, 'completion_tokens')) ?? 0
  return inputTokens === null ? null : { inputTokens, outputTokens, estimated: false }
}

function badResponse (cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause })
}
