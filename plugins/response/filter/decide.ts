/** From what was found and judged to what happens to the answer. */
import { GatewayError, type Answer, type LaneEdit, type ResponseDecision, type Unscanned } from '../../../core/pipeline/plugin.ts'
import type { Decision } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planEdits } from './edits.ts'
import type { Judged } from './judge.ts'
import { disclosure } from './mark.ts'
import { marksAmong, modeOf, unmet } from './obligations.ts'
import type { LaneFinding } from './scan.ts'

export interface Found {
  readonly decision: Decision
  readonly answer: Answer
  readonly findings: readonly LaneFinding[]
  readonly judged: Judged
  /** Of the answer. */
  readonly tag: string
}

export interface Means { readonly disclosureHeader: string, readonly operators: OperatorContext }

/** Whatever cannot be done as it was asked blocks. */
export function decideResponse (found: Found, means: Means): ResponseDecision {
  const { decision, judged, answer } = found
  const obligations = [...decision.obligations, ...judged.obligations]
  const marks = marksAmong(obligations)
  const mark = disclosure(marks)
  const isObserved = modeOf(obligations) === 'observe'
  const edits = isObserved ? [] : editsOf(found, means)
  const faults = [
    ...(passes(answer.unscanned, decision) ? [] : ['response.unscanned']),
    ...(mark === null ? ['obligation.mark'] : []),
    ...unmet(judged.obligations),
    ...(edits === null ? ['response.redaction'] : [])
  ]
  const isBlocked = faults.length > 0 || (judged.blocked && !isObserved)
  return {
    decision: isBlocked ? 'block' : edits !== null && edits.length > 0 ? 'redact' : 'permit',
    reasons: [...new Set([...judged.reasons, ...faults])].sort(),
    edits: isBlocked ? [] : edits ?? [],
    headers: isBlocked || mark === null || marks.length === 0 ? {} : { [means.disclosureHeader]: mark },
    marked: isBlocked ? [] : [...new Set(marks.map(({ id }) => id))].sort(),
    unscanned: [...new Set(answer.unscanned.map(({ kind }) => kind))].sort(),
    classification: found.tag,
    mode: isObserved ? 'observe' : 'buffer'
  }
}

/** Null where an operator cannot be applied to an answer. */
function editsOf ({ findings, answer, judged }: Found, { operators }: Means): LaneEdit[] | null {
  try {
    return planEdits(findings, answer.lanes, judged.redactions, operators)
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'GW_POLICY_REDACTION') return null
    throw thrown
  }
}

/** Content that no detector read passes only by name. */
export function passes (parts: readonly Unscanned[], { unscanned }: Decision): boolean {
  return parts.every(({ kind }) => unscanned.includes(kind))
}
