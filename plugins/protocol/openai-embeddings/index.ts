/**
 * `openai.embeddings`: texts in, vectors out. Texts are read as in any other request; text that comes in tokens, or anything
 * that is no text, is listed. A vector is numbers and nothing else, or it is judged like any other content.
 */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { errorEnvelope } from '../openai/error.ts'
import { readAnswer } from './answer.ts'
import { readRequest } from './request.ts'

export const openaiEmbeddings: Protocol = Object.freeze({
  name: 'openai.embeddings',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  readAnswer,
  refusal,
  error: errorEnvelope
} satisfies Protocol)
