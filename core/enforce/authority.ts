/**
 * The decision authority: decodes what the PDP answered, field by field, and alone mints permits. Nothing is repaired:
 * whatever is missing, unknown or beyond what was asked denies.
 */
import { GatewayError } from '../errors.ts'
import type { Authorized, Decision, DecisionAuthority, PolicyAnswer } from './decision.ts'
import { deepFreeze, exactObject, list, Malformed, message, name, obligations, oneOf, redactions, sortedNames, unscannedKinds } from './document.ts'
import { mintPermit } from './permit.ts'

export interface AuthorityFacts {
  /** Ids of all configured endpoints. */
  readonly endpoints: ReadonlySet<string>
  /** Levels, lowest first. */
  readonly taxonomy: readonly string[]
}

export function createDecisionAuthority (facts: AuthorityFacts): DecisionAuthority {
  return {
    decide: answer => {
      if (answer.document === undefined) throw new GatewayError('GW_POLICY_UNDEFINED')
      try {
        return authorize(answer, facts)
      } catch (thrown) {
        throw thrown instanceof Malformed ? new GatewayError('GW_POLICY_INVALID', { cause: thrown }) : thrown
      }
    }
  }
}

const documentKeys = ['v', 'request_id', 'effect', 'classification', 'endpoints', 'obligations', 'redactions', 'reasons', 'unscanned', 'message', 'faults']

type Decided = Pick<Decision, 'effect' | 'tag' | 'endpoints' | 'reasons' | 'obligations' | 'redactions' | 'unscanned'>

function authorize (answer: PolicyAnswer, facts: AuthorityFacts): Authorized {
  const asked = askedOf(answer)
  const document = exactObject(answer.document, documentKeys, 'the decision')
  if (document['v'] !== 1) throw new Malformed('v is not 1')
  if (document['request_id'] !== asked.id) throw new Malformed('request_id is not the identifier of this request')
  refuseFaults(document['faults'])
  const decided: Decided = {
    effect: oneOf(document['effect'], ['permit', 'redact', 'deny'], 'effect'),
    tag: tagOf(document['classification'], asked.tag, facts.taxonomy),
    endpoints: endpointsOf(document['endpoints'], facts.endpoints),
    reasons: sortedNames(document['reasons'], 'reasons'),
    obligations: obligations(document['obligations'], 'obligations'),
    redactions: redactions(document['redactions'], 'redactions'),
    unscanned: unscannedKinds(document['unscanned'], 'unscanned')
  }
  const said = message(document['message'], 'message')
  requireCoherence(decided, said)
  return settle(answer, asked.id, decided)
}

interface Asked { readonly id: string, readonly tag: string }

/** What the input said: without it there is nothing to hold the answer against. */
function askedOf ({ input }: PolicyAnswer): Asked {
  const { request, classification } = input
  if (typeof request !== 'object' || request === null || !('id' in request) || typeof request.id !== 'string') throw new Malformed('the input has no request.id')
  if (typeof classification !== 'object' || classification === null || !('tag' in classification) || typeof classification.tag !== 'string') throw new Malformed('the input has no classification.tag')
  return { id: request.id, tag: classification.tag }
}

/** The policy found fault with its own rules: a conflict, or a rule that is malformed. */
function refuseFaults (value: unknown): void {
  const faults = list(value, 'faults', (item, where) => {
    const { code, rule } = exactObject(item, ['code', 'rule'], where)
    return { code: oneOf(code, ['policy.invalid', 'policy.conflict'], where), rule: name(rule, where) }
  })
  if (faults.length === 0) return
  const isConflict = faults.some(({ code }) => code === 'policy.conflict') // the more telling of the two
  const cause = new Malformed(`rules at fault: ${faults.map(({ rule }) => rule).join(', ')}`)
  throw new GatewayError(isConflict ? 'GW_POLICY_CONFLICT' : 'GW_POLICY_INVALID', { cause })
}

/** A level of the taxonomy, never lower than the input's. */
function tagOf (value: unknown, before: string, taxonomy: readonly string[]): string {
  const tag = oneOf(exactObject(value, ['tag'], 'classification')['tag'], taxonomy, 'classification.tag')
  const rank = taxonomy.indexOf(before)
  if (rank === -1 || taxonomy.indexOf(tag) < rank) throw new Malformed('classification.tag is lower than the input\'s')
  return tag
}

function endpointsOf (value: unknown, known: ReadonlySet<string>): readonly string[] {
  const endpoints = sortedNames(value, 'endpoints')
  if (!endpoints.every(id => known.has(id))) throw new Malformed('endpoints names one that is not configured')
  return endpoints
}

/** What the effects may go with: a denial grants and obliges to nothing, and only `redact` redacts. */
function requireCoherence ({ effect, endpoints, reasons, obligations, redactions, unscanned }: Decided, said: string | null): void {
  if (reasons.length === 0) throw new Malformed('reasons is empty')
  if (effect === 'deny') {
    if (endpoints.length + obligations.length + redactions.length + unscanned.length > 0) throw new Malformed('a denial grants or obliges')
    return
  }
  if (endpoints.length === 0) throw new Malformed('a permit without endpoints')
  if ((effect === 'redact') !== (redactions.length > 0)) throw new Malformed('effect and redactions contradict each other')
  if (said !== null) throw new Malformed('a permit with a message')
}

function settle ({ policy, input, inputDigest, judge }: PolicyAnswer, id: string, decided: Decided): Authorized {
  const denies = decided.effect === 'deny'
  const decision: Decision = Object.freeze({
    id,
    effect: decided.effect,
    tag: decided.tag,
    endpoints: decided.endpoints,
    reasons: decided.reasons,
    obligations: decided.obligations,
    redactions: decided.redactions,
    unscanned: decided.unscanned,
    policy: Object.isFrozen(policy) ? policy : Object.freeze({ ...policy }),
    input: deepFreeze(input),
    inputDigest,
    judge: denies ? null : judge
  })
  if (denies) return { decision, permit: null }
  return { decision, permit: mintPermit({ decisionId: id, tag: decided.tag, endpoints: decided.endpoints, policyVersion: policy.version }) }
}
