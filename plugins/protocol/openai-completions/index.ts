/** `openai.completions`: OpenAI's legacy Completions, which many servers of open models still speak. */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { errorEnvelope } from '../openai/error.ts'
import { openAnswer, readAnswer } from './answer.ts'
import { readRequest } from './request.ts'

export const openaiCompletions: Protocol = Object.freeze({
  name: 'openai.completions',
  version: '1.0.0',
  methods: Object.freeze(['POST']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  openAnswer,
  readAnswer,
  refusal,
  error: errorEnvelope
} satisfies Protocol)
