/**
 * `opaque`: a body of any kind (an upload, audio, a form, bytes) behind the same doors. Nothing here can say what such a body
 * means to the endpoint, so it is always listed as `opaque`, and denied unless a permit names that. What text can be found in
 * it is read nevertheless, and can raise the classification. It cannot be redacted.
 */
import type { Protocol } from '../../../core/protocol/contract.ts'
import { GatewayError } from '../../../core/errors.ts'
import { readAnswer } from '../http/answer.ts'
import { errorEnvelope } from '../http/error.ts'
import { readRequest } from './request.ts'

export const opaque: Protocol = Object.freeze({
  name: 'opaque',
  version: '1.0.0',
  methods: Object.freeze(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  hasModels: false,
  read: readRequest,
  edit: (request, _reading, edits) => {
    if (edits.length > 0) throw new GatewayError('GW_POLICY_REDACTION')
    return request.body
  },
  readAnswer,
  error: errorEnvelope
} satisfies Protocol)
