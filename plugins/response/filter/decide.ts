/** From what was found and judged to what happens to the answer. */
import { GatewayError, type Answer, type Issued, type LaneEdit, type ResponseDecision, type Unscanned } from '../../../core/pipeline/plugin.ts'
import type { Decision } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planEdits } from './edits.ts'
import { nothingJudged, type Judged } from './judge.ts'
import { disclosure } from './mark.ts'
import { marksAmong, modeOf, unmet } from './obligations.ts'
import { planRestores } from './restore.ts'
import type { LaneFinding } from './scan.ts'

export interface Found {
  readonly view: { readonly decision: Decision, readonly answer: Answer, readonly issued: Issued }
  readonly findings: readonly LaneFinding[]
  readonly judged: Judged
  /** Of the answer. */
  readonly tag: string
}

export interface Means { readonly disclosureHeader: string, readonly operators: OperatorContext }

/** Whatever cannot be done as it was asked blocks. */
export function decideResponse (found: Found, means: Means): ResponseDecision {
  const { view: { decision, answer, issued }, judged } = found
  if (judged === nothingJudged && decision.obligations.length === 0 && answer.unscanned.length === 0 && issued.size === 0) return nothingAgainst(found.tag)
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
  const redactions = isBlocked || edits === null ? [] : edits
  return {
    decision: isBlocked ? 'block' : redactions.length > 0 ? 'redact' : 'permit',
    reasons: [...new Set([...judged.reasons, ...faults])].sort(),
    edits: isBlocked ? [] : [...redactions, ...planRestores(answer.lanes, issued, redactions)],
    redactions: redactions.length,
    headers: isBlocked || mark === null || marks.length === 0 ? {} : { [means.disclosureHeader]: mark },
    marked: isBlocked ? [] : [...new Set(marks.map(({ id }) => id))].sort(),
    unscanned: [...new Set(answer.unscanned.map(({ kind }) => kind))].sort(),
    classification: found.tag,
    mode: isObserved ? 'observe' : 'buffer'
  }
}

function nothingAgainst (tag: string): ResponseDecision {
  return { decision: 'permit', reasons: nothing, edits: nothing, redactions: 0, headers: noHeaders, marked: nothing, unscanned: nothing, classification: tag, mode: 'buffer' }
}

const nothing: readonly never[] = Object.freeze([])
const noHeaders = Object.freeze({})

/** Null where an operator cannot be applied to an answer. */
function editsOf ({ findings, view: { answer }, judged }: Found, { operators }: Means): LaneEdit[] | null {
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
