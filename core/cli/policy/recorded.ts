/** Decisions of an audit log as they can be made again, and why others cannot. */
import { createHash } from 'node:crypto'
import { canonicalize } from '../../audit/canonical.ts'
import type { DecisionBody } from '../../audit/record.ts'
import { records } from '../../audit/show.ts'
import { errorTable, reasonOf, type GatewayErrorCode } from '../../errors.ts'
import type { RecordedDecision } from '../../../rego/replay.ts'

/** @param skipped counts what cannot be replayed, by why */
export function * recordedDecisions (log: string, skipped: Map<string, number>): Generator<RecordedDecision, void> {
  for (const { record: { body } } of records(log)) {
    if (body.kind !== 'decision') continue
    const why = obstacleOf(body)
    if (why === null) yield recordedOf(body, canonicalize(body.input))
    else skipped.set(why, (skipped.get(why) ?? 0) + 1)
  }
}

/** Reasons that the gateway itself gives: what policy decided before is then not on record. */
const ownReasons: ReadonlySet<string> = new Set((Object.keys(errorTable) as GatewayErrorCode[]).map(reasonOf))

/** Why a decision cannot be made again, or null. */
function obstacleOf ({ policy, input, replayable, decision, reasons }: DecisionBody): string | null {
  const [reason = ''] = reasons
  if (policy === null) return `denied before policy decided (${reason})`
  if (decision === 'deny' && ownReasons.has(reason)) return `denied by the gateway after policy had decided (${reason})`
  if (input === null || !replayable) return 'the record leaves out some of the input'
  const digest = `sha256:${createHash('sha256').update(canonicalize(input)).digest('hex')}`
  return policy.input_digest === digest ? null : 'the input on record does not have the digest that is on record'
}

function recordedOf ({ id, decision, endpoints, obligations, redactions, reasons, classification, principal }: DecisionBody, inputText: string): RecordedDecision {
  return {
    id,
    tenant: principal?.tenant ?? null,
    inputText,
    made: { effect: decision, endpoints, obligations: [...obligations, ...redactions], tag: classification?.tag ?? '', reasons }
  }
}
