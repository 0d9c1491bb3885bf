/** Records as a gateway in use writes them: a decision of 2.4 KB, an outcome of 0.8 KB. */
import { randomUUID } from 'node:crypto'
import { canonicalize, noteCanonical } from '../../core/audit/canonical.ts'
import type { DecisionBody, OutcomeBody } from '../../core/audit/record.ts'
import type { Receipt } from '../../core/audit/receipt.ts'

const sha = (letter: string): string => `sha256:${letter.repeat(64)}`
const mac = (letter: string): string => `hmac-sha256:01234567:${letter.repeat(64)}`

const input = {
  v: 1,
  request: { id: '019ac000-0000-7000-8000-000000000000', route: '/v1/chat/completions', protocol: 'openai.chat', model: 'gpt-4o', stream: true, tools: ['search'], tool_count: 1, message_count: 3, content_bytes: 812, token_estimate: 210, output_format: 'text', workload: 'chat', server_side: [], received_ms: 1795400000000, reason: null },
  subject: { type: 'user', id: 'u-17', issuer: 'https://idp.example', tenant: 'acme', roles: ['clinician'], role: 'clinician', groups: [], auth: { method: 'jwt', assurance: null, expires_ms: 1795400300000 }, actors: [{ issuer: 'https://idp.example', id: 'agent-4' }] },
  action: { name: 'chat' },
  resource: { type: 'model', id: 'gpt-4o', family: 'gpt-4' },
  classification: { tag: 'restricted', rank: 3, complete: true, labels: { 'phi.medical_record_number': { count: 2, distinct: 1, max_confidence: 950 } }, findings: [{ label: 'phi.medical_record_number', path: '/messages/*/content', count: 2 }], unscanned: [] },
  quota: [],
  context: { now_ms: 1795400000000, region: 'eu', trace: null }
}
const inputText = canonicalize(input)

export interface RecordMaker {
  decision (): DecisionBody
  outcome (receipt: Receipt): OutcomeBody
  /** CPU of making one body, microseconds: a measurement of the log takes it off. */
  costUs (): number
}

export function recordMaker (): RecordMaker {
  const decision = (): DecisionBody => {
    const own = { ...input }
    noteCanonical(own, inputText) // as the policy stage does
    return {
      classification: { complete: true, detectors: sha('b'), external: [], labels: { 'phi.medical_record_number': 2 }, tag: 'restricted', taxonomy: sha('a') },
      configuration: sha('f'),
      decision: 'permit',
      dispatched: { bytes: 812, mac: mac('b') },
      endpoints: ['azure-eu'],
      id: randomUUID(),
      input: own,
      kind: 'decision',
      obligations: [],
      redactions: [],
      pipeline: sha('e'),
      policy: { digest: sha('c'), input_digest: sha('d'), version: 'r1@sha256:abcdefabcdef' },
      principal: { actors: [], confirmation: null, groups: [], issuer: 'https://idp.example', method: 'jwt', role: 'clinician', roles: ['clinician'], subject: 'u-17', tenant: 'acme', type: 'user' },
      reasons: ['clinicians'],
      received: { bytes: 812, mac: mac('a') },
      replayable: true,
      request: { bytes: 812, method: 'POST', model: 'gpt-4o', protocol: 'openai.chat', route: '/v1/chat/completions', trace: null },
      skipped: []
    }
  }
  const outcome = (receipt: Pick<Receipt, 'decisionId' | 'index' | 'leafHash'>): OutcomeBody => ({
    attempts: [{ bytes: 812, endpoint: 'azure-eu', error: null, mac: mac('b'), milliseconds: 12, model: 'gpt-4o', reason: 'primary', status: 200 }],
    decision_hash: receipt.leafHash,
    decision_id: receipt.decisionId,
    decision_index: receipt.index,
    end: 'ok',
    endpoint: 'azure-eu',
    kind: 'outcome',
    response: { bytes: 300, classification: 'internal', decision: 'permit', hold_overflow: false, mac: mac('c'), marked: [], mode: 'buffer', reasons: [], redactions: 0, unscanned: [] },
    skipped: [],
    status: 200,
    usage: { estimated: false, input_tokens: 10, output_tokens: 3 }
  })
  const costUs = (): number => {
    const pairs = 5000
    const before = process.cpuUsage()
    for (let count = 0; count < pairs; count++) outcome({ decisionId: decision().id, index: 1, leafHash: 'a'.repeat(64) })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / pairs / 2
  }
  return { decision, outcome, costUs }
}
