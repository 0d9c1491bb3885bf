/**
 * `openai.chat`: OpenAI's Chat Completions as callers and endpoints speak it. A body is read whole: every string, number and
 * unknown key of it is a leaf or is listed as unscanned. A query is refused: it would not be sent.
 */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { outputSchemaAt } from '../dialect/output-schema.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { openAnswer, readAnswer } from './answer.ts'
import { errorEnvelope } from '../openai/error.ts'
import { readRequest } from './request.ts'

export const openaiChat: Protocol = Object.freeze({
  name: 'openai.chat',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  openAnswer,
  readAnswer,
  outputSchema: outputSchemaAt(['response_format', 'json_schema', 'schema']),
  refusal,
  error: errorEnvelope
})
