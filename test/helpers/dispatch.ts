/** What a dispatch is sealed from: a permit, a receipt, an endpoint, and a body that was judged. */
import { createSecretKey } from 'node:crypto'
import { mintReceipt } from '../../core/audit/receipt.ts'
import { healthOf } from '../../core/config/decode-routing.ts'
import type { EndpointConfig } from '../../core/config/types.ts'
import type { DispatchRequest } from '../../core/enforce/dispatch.ts'
import { macOf } from '../../core/enforce/mac.ts'
import { mintPermit } from '../../core/enforce/permit.ts'
import type { RawRequest } from '../../core/protocol/contract.ts'
import type { Endpoint } from '../../core/runtime.ts'
import { openaiChat } from '../../plugins/protocol/openai-chat/index.ts'
import { openai } from '../../plugins/provider/openai/index.ts'

const macKey = { id: '01234567', secret: createSecretKey(Buffer.alloc(32, 7)) }
export const permit = mintPermit({ decisionId: 'd', tag: 'internal', endpoints: ['main'], policyVersion: 'p@sha256:0' })
export const receipt = mintReceipt({ decisionId: 'd', index: 1, leafHash: '00', size: 2, checkpoint: '' })

export function endpoint (changes: Partial<EndpointConfig> = {}): Endpoint {
  const config: EndpointConfig = {
    id: 'main',
    provider: 'openai',
    url: 'https://model.example/v1',
    model: null,
    auth: { type: 'bearer', value: 'key' },
    labels: {},
    price: null,
    context: null,
    limit: { requestsPerMinute: null, tokensPerMinute: null, concurrent: null },
    timeout: { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
    health: healthOf({}),
    features: [],
    forwardHeaders: [],
    ...changes
  }
  return { config, provider: openai, dispatcher: null as unknown as Endpoint['dispatcher'] }
}

export function dispatchRequest (body: string, changes: Partial<DispatchRequest> = {}): DispatchRequest {
  const judged: RawRequest = {
    method: 'POST', path: '/v1/chat/completions', query: '', route: '/v1/chat/completions', stripPrefix: false, contentType: 'application/json', contentEncoding: null, accept: null, headers: [], body: Buffer.from(body)
  }
  const reading = openaiChat.read(judged)
  return { permit, receipt, endpoint: endpoint(), protocol: openaiChat, judged, reading, dispatched: macOf(macKey, reading.macParts(judged.body)), macKey, headers: { 'content-type': 'application/json', cookie: 'a=b' }, ...changes }
}
