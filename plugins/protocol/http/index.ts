/**
 * `http`: any HTTP API behind the same doors. Path segments, query, forwarded headers and a JSON body are leaves; a body of
 * another type is refused, since nothing here could say what it holds. Only a JSON body can be redacted.
 */
import { applyLeafEdits } from '../../../core/content/edit.ts'
import type { Protocol } from '../../../core/protocol/contract.ts'
import { readAnswer } from './answer.ts'
import { errorEnvelope } from './error.ts'
import { readRequest } from './request.ts'

export const http: Protocol = Object.freeze({
  name: 'http',
  version: '1.0.0',
  methods: Object.freeze(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  hasModels: false,
  read: readRequest,
  edit: (request, reading, edits) => applyLeafEdits(request.body, reading.leaves, edits),
  readAnswer,
  error: errorEnvelope
} satisfies Protocol)
