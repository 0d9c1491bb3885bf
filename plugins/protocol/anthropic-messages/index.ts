/**
 * `anthropic.messages`: Anthropic's Messages as callers and endpoints speak it; where the path ends in `/count_tokens`, the count
 * of a message's tokens. What the endpoint signed (thinking) can be read, and never edited.
 */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { outputSchemaAt } from '../dialect/output-schema.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { openAnswer, readAnswer } from './answer.ts'
import { errorEnvelope } from './error.ts'
import { readRequest } from './request.ts'

export const anthropicMessages: Protocol = Object.freeze({
  name: 'anthropic.messages',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  openAnswer,
  readAnswer,
  outputSchema: outputSchemaAt(['output_config', 'format', 'schema'], ['output_format', 'schema']),
  refusal,
  error: errorEnvelope
} satisfies Protocol)
