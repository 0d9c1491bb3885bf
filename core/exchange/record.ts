/** Makes the bodies of the audit records of an exchange (CONTRACT 6). */
import type { DecisionBody, OutcomeBody } from '../audit/record.ts'
import type { AuditView } from '../enforce/commit.ts'
import type { Mac } from '../enforce/mac.ts'
import type { Principal } from '../pipeline/facts.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import type { Receipt } from '../audit/receipt.ts'
import type { AttemptRecord, Exchange } from './exchange.ts'

export function decisionBody (x: Exchange, view: AuditView): DecisionBody {
  const { decision, classification } = view
  return {
    kind: 'decision',
    id: x.id,
    request: {
      route: x.route.config.path,
      protocol: x.route.config.protocol,
      method: x.request.method,
      model: x.model,
      bytes: x.raw?.body.length ?? 0,
      trace: x.trace
    },
    principal: view.principal === undefined ? null : principalOf(view.principal),
    classification: classification === undefined
      ? null
      : {
          tag: decision.tag,
          labels: Object.fromEntries(Object.entries(classification.labels).map(([label, { count }]) => [label, count])),
          complete: classification.complete,
          taxonomy: classification.taxonomy,
          detectors: classification.detectors,
          external: [...classification.external]
        },
    policy: decision.policy === null
      ? null
      : { version: decision.policy.version, digest: decision.policy.digest, input_digest: decision.inputDigest ?? '' },
    input: decision.input,
    replayable: decision.input !== null,
    pipeline: x.route.pipeline.digest,
    configuration: x.runtime.configuration.digest,
    decision: decision.effect,
    reasons: [...decision.reasons],
    endpoints: [...decision.endpoints],
    obligations: decision.obligations.map(({ id, type, parameters }) => ({ ...parameters, id, type })),
    received: macRecord(x.received),
    dispatched: decision.effect === 'deny' ? null : macRecord(x.dispatched),
    skipped: [...x.run.skipped]
  }
}

/** The small denial that is written where the whole record would be too large. */
export function oversizeBody (body: DecisionBody): DecisionBody {
  return {
    ...body,
    classification: body.classification === null ? null : { ...body.classification, labels: {} },
    input: null,
    replayable: false,
    decision: 'deny',
    reasons: ['audit.oversize'],
    endpoints: [],
    obligations: [],
    dispatched: null
  }
}

function principalOf (principal: Principal): NonNullable<DecisionBody['principal']> {
  return {
    type: principal.type,
    issuer: principal.issuer,
    subject: principal.subject,
    tenant: principal.tenant,
    roles: [...principal.roles],
    role: principal.role,
    groups: [...principal.groups],
    method: principal.method,
    actors: principal.actors.map(({ issuer, id }) => ({ issuer, id })),
    confirmation: principal.confirmation
  }
}

function macRecord (mac: Mac | null): { mac: string, bytes: number } | null {
  return mac === null ? null : { mac: mac.mac, bytes: mac.bytes }
}

export function outcomeBody (x: Exchange, receipt: Receipt, result: SettleResult): OutcomeBody {
  const { response, usage } = x
  return {
    kind: 'outcome',
    decision_id: x.id,
    decision_index: receipt.index,
    decision_hash: receipt.leafHash,
    endpoint: response === null && result.end !== 'ok' ? null : x.choice?.id ?? null,
    attempts: x.attempts.map(attemptOf),
    status: x.status,
    usage: usage === null ? null : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens, estimated: usage.estimated },
    response: response === null
      ? null
      : {
          mac: response.mac.mac,
          bytes: response.mac.bytes,
          decision: response.decision,
          reasons: [...response.reasons],
          redactions: response.redactions,
          marked: [...response.marked],
          unscanned: [...response.unscanned],
          hold_overflow: false,
          classification: response.classification
        },
    skipped: [...x.run.skipped],
    end: result.end === 'denied' ? 'not_dialled' : result.end
  }
}

function attemptOf (attempt: AttemptRecord): OutcomeBody['attempts'][number] {
  return {
    endpoint: attempt.endpoint,
    model: attempt.model,
    mac: attempt.mac?.mac ?? null,
    bytes: attempt.mac?.bytes ?? 0,
    status: attempt.status,
    error: attempt.error,
    milliseconds: attempt.milliseconds,
    reason: attempt.reason
  }
}
