/**
 * `openai.responses`: OpenAI's Responses. The endpoint keeps what it is sent unless `store` is false, and so `stored` is named
 * for every request that does not say so. State that it keeps (earlier responses, conversations, items) cannot be read here.
 */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { outputSchemaAt } from '../dialect/output-schema.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { errorEnvelope } from '../openai/error.ts'
import { openAnswer, readAnswer } from './answer.ts'
import { readRequest } from './request.ts'

export const openaiResponses: Protocol = Object.freeze({
  name: 'openai.responses',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  openAnswer,
  readAnswer,
  outputSchema: outputSchemaAt(['text', 'format', 'schema']),
  refusal,
  error: errorEnvelope
} satisfies Protocol)
