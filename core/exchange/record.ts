/** Makes the bodies of the audit records of an exchange (CONTRACT 6). */
import { canonicalize, noteCanonical } from '../audit/canonical.ts'
import type { DecisionBody, OutcomeBody } from '../audit/record.ts'
import type { AuditView } from '../enforce/commit.ts'
import type { Mac } from '../enforce/mac.ts'
import type { Principal } from '../pipeline/facts.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import type { Receipt } from '../audit/receipt.ts'
import type { AttemptRecord, Exchange } from './exchange.ts'

/** Keys in canonical order, here as below: they then need no sorting. */
export function decisionBody (x: Exchange, view: AuditView): DecisionBody {
  const { decision, classification } = view
  return {
    classification: classification === undefined
      ? null
      : {
          complete: classification.complete,
          detectors: classification.detectors,
          external: classification.external,
          labels: Object.fromEntries(Object.entries(classification.labels).map(([label, { count }]) => [label, count])),
          tag: decision.tag,
          taxonomy: classification.taxonomy
        },
    configuration: x.runtime.configuration.digest,
    decision: decision.effect,
    dispatched: decision.effect === 'deny' ? null : macRecord(x.dispatched),
    endpoints: decision.endpoints,
    id: x.id,
    input: decision.input,
    kind: 'decision',
    obligations: decision.obligations.map(({ id, type, parameters }) => ({ ...parameters, id, type })),
    pipeline: x.route.pipeline.digest,
    policy: decision.policy === null
      ? null
      : { digest: decision.policy.digest, input_digest: decision.inputDigest ?? '', version: decision.policy.version },
    principal: view.principal === undefined ? null : principalOf(view.principal),
    reasons: decision.reasons,
    received: macRecord(x.received),
    redactions: decision.redactions.map(({ labels, operator }) => ({ labels, operator })),
    replayable: decision.input !== null,
    request: {
      bytes: x.raw?.body.length ?? 0,
      method: x.request.method,
      model: x.model,
      protocol: x.route.config.protocol,
      route: x.route.config.path,
      trace: x.trace
    },
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
    redactions: [],
    dispatched: null
  }
}

type PrincipalRecord = NonNullable<DecisionBody['principal']>

/** By the principal that identity remembers with its credential: what says who it was is written once. */
const principalRecords = new WeakMap<Principal, PrincipalRecord>()

function principalOf (principal: Principal): PrincipalRecord {
  const known = principalRecords.get(principal)
  if (known !== undefined) return known
  const made = principalRecord(principal)
  noteCanonical(made, canonicalize(made))
  principalRecords.set(principal, made)
  return made
}

function principalRecord (principal: Principal): PrincipalRecord {
  return {
    actors: principal.actors.map(({ issuer, id }) => ({ id, issuer })),
    confirmation: principal.confirmation,
    groups: principal.groups,
    issuer: principal.issuer,
    method: principal.method,
    role: principal.role,
    roles: principal.roles,
    subject: principal.subject,
    tenant: principal.tenant,
    transaction: principal.transaction ?? undefined,
    type: principal.type
  }
}

function macRecord (mac: Mac | null): { bytes: number, mac: string } | null {
  return mac === null ? null : { bytes: mac.bytes, mac: mac.mac }
}

export function outcomeBody (x: Exchange, receipt: Receipt, result: SettleResult): OutcomeBody {
  const { response, usage } = x
  return {
    attempts: [...x.attempts.slice(0, 1), ...x.mirrors, ...x.attempts.slice(1)].map(attemptOf), // mirrors are dialled with the first
    decision_hash: receipt.leafHash,
    decision_id: x.id,
    decision_index: receipt.index,
    end: result.end === 'denied' ? 'not_dialled' : result.end,
    endpoint: response === null && result.end !== 'ok' ? null : x.choice?.id ?? null,
    kind: 'outcome',
    response: response === null
      ? null
      : {
          bytes: response.mac.bytes,
          classification: response.classification,
          decision: response.decision,
          hold_overflow: response.holdOverflow,
          mac: response.mac.mac,
          marked: response.marked,
          mode: response.mode,
          reasons: response.reasons,
          redactions: response.redactions,
          unscanned: response.unscanned
        },
    skipped: [...x.run.skipped],
    status: x.status,
    usage: usage === null ? null : { estimated: usage.estimated, input_tokens: usage.inputTokens, output_tokens: usage.outputTokens }
  }
}

function attemptOf (attempt: AttemptRecord): OutcomeBody['attempts'][number] {
  return {
    bytes: attempt.mac?.bytes ?? 0,
    endpoint: attempt.endpoint,
    error: attempt.error,
    mac: attempt.mac?.mac ?? null,
    milliseconds: attempt.milliseconds,
    model: attempt.model,
    reason: attempt.reason,
    status: attempt.status
  }
}
