/** From what was found and judged to what happens to the answer. */
import { GatewayError, type Answer, type Issued, type LaneEdit, type ResponseDecision, type Shape, type Unscanned } from '../../../core/pipeline/plugin.ts'
import type { Decision } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planEdits } from './edits.ts'
import { nothingJudged, type Judged } from './judge.ts'
import { manifestRemoved, manifestsIn, withoutManifests } from './manifest.ts'
import { noMarks, planMarks, type MarkMeans } from './marks.ts'
import { modeOf, unmet } from './obligations.ts'
import { planRestores } from './restore.ts'
import type { LaneFinding } from './scan.ts'
import { suffixedLanes, suffixFor, withSuffix } from './suffix.ts'

export interface Found {
  readonly view: { readonly decision: Decision, readonly answer: Answer, readonly issued: Issued, readonly shape: Pick<Shape, 'outputFormat'> }
  readonly findings: readonly LaneFinding[]
  readonly judged: Judged
  /** Of the answer. */
  readonly tag: string
}

export interface Means extends MarkMeans { readonly operators: OperatorContext }

/** Whatever cannot be done as it was asked blocks. */
export function decideResponse (found: Found, means: Means): ResponseDecision {
  const { view: { decision, answer, issued }, judged } = found
  if (judged === nothingJudged && decision.obligations.length === 0 && answer.unscanned.length === 0 && issued.size === 0) return nothingAgainst(found.tag)
  const obligations = [...decision.obligations, ...judged.obligations]
  const marks = planMarks(obligations, decision, means)
  const isObserved = modeOf(obligations) === 'observe'
  const edits = isObserved ? [] : editsOf(found, means)
  const faults = [
    ...(passes(answer.unscanned, decision) ? [] : ['response.unscanned']),
    ...(marks === null ? ['obligation.mark'] : []),
    ...unmet(judged.obligations),
    ...(edits === null ? ['response.redaction'] : [])
  ]
  const isBlocked = faults.length > 0 || (judged.blocked && !isObserved)
  const redactions = isBlocked || edits === null ? [] : edits
  const made = isBlocked || marks === null ? noMarks : marks
  const all = isBlocked ? { edits: [], hasRemoved: false } : allEdits(found, redactions, suffixFor(made.suffix, found.view.shape))
  return {
    decision: isBlocked ? 'block' : redactions.length > 0 ? 'redact' : 'permit',
    reasons: [...new Set([...judged.reasons, ...faults, ...all.hasRemoved ? [manifestRemoved] : []])].sort(),
    edits: all.edits,
    redactions: redactions.length,
    headers: made.headers,
    ...made.members === null ? {} : { members: made.members },
    marked: made.ids,
    unscanned: [...new Set(answer.unscanned.map(({ kind }) => kind))].sort(),
    classification: found.tag,
    mode: isObserved ? 'observe' : 'buffer'
  }
}

/** What is taken out, put back and added; a text that is edited loses a manifest that spoke of it as it was. */
function allEdits ({ view: { answer: { lanes }, issued } }: Found, redactions: readonly LaneEdit[], suffix: string): { readonly edits: readonly LaneEdit[], readonly hasRemoved: boolean } {
  const restored = [...redactions, ...planRestores(lanes, issued, redactions)]
  const suffixed = suffix === '' ? [] : suffixedLanes(lanes)
  const touched = new Set([...restored.map(({ lane }) => lane), ...suffixed])
  let hasRemoved = false
  let edits = restored
  for (const lane of touched) {
    const text = lanes[lane]?.text ?? ''
    const manifests = manifestsIn(text)
    if (manifests.length > 0) {
      hasRemoved = true
      const own = withoutManifests(manifests, edits.filter(edit => edit.lane === lane), manifest => ({ lane, ...manifest, replacement: '' }))
      edits = [...edits.filter(edit => edit.lane !== lane), ...own]
    }
    if (suffixed.includes(lane)) edits = withSuffix(edits, lane, text, suffix)
  }
  return { edits, hasRemoved }
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
