/**
 * `openai.chat`: OpenAI's Chat Completions as callers and endpoints speak it. A body is read whole: every string, number and
 * unknown key of it is a leaf or is listed as unscanned. A query is refused: it would not be sent.
 */
import { applyLeafEdits } from '../../../core/content/edit.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { LeafEdit, Protocol, RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { readAnswer } from './answer.ts'
import { errorEnvelope } from './error.ts'
import { readRequest } from './request.ts'

export const openaiChat: Protocol = Object.freeze({
  name: 'openai.chat',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  readAnswer,
  error: errorEnvelope
})

/** The model's name is what was permitted: an edit of it would ask for another model. */
function editRequest (request: RawRequest, reading: RequestReading, edits: readonly LeafEdit[]): Uint8Array {
  const ofModel = edits.some(({ leaf }) => reading.model !== null && reading.leaves[leaf]?.start === reading.model.span.start)
  if (ofModel) throw new GatewayError('GW_POLICY_REDACTION')
  return applyLeafEdits(request.body, reading.leaves, edits)
}
