/** One decision: the facts become an input, the policy answers a document, the core's authority makes a decision of it. */
import { hash } from 'node:crypto'
import { noteCanonical } from '../../../core/audit/canonical.ts'
import { noObjection, type DecisionAuthority } from '../../../core/enforce/decision.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { GatewayError, halt, proceed, type StageResult } from '../../../core/pipeline/plugin.ts'
import { comparedOf, type ComparedDecision } from '../../../rego/compare.ts'
import { readValue } from '../../../rego/engine/term.ts'
import { entrypoints } from '../../../rego/library.ts'
import { policyInput, type PolicyInput, type PolicyView } from './input.ts'
import { makeJudge } from './judge.ts'
import type { Made, Shadow } from './shadow.ts'
import type { LoadedVersion } from './version.ts'

export type Decided = StageResult<'decision' | 'permit'>

export interface DecideTerms {
  readonly authority: DecisionAuthority
  readonly shadow: Shadow | null
}

/** A request on its way to its decision. */
interface Case {
  readonly id: string
  readonly tenant: string | null
  readonly input: PolicyInput
  readonly inputText: string
  readonly loaded: LoadedVersion
}

/** Never rejects: whatever goes wrong is a halt. */
export function decide (view: PolicyView, signal: AbortSignal, loaded: LoadedVersion, terms: DecideTerms): Promise<Decided> | Decided {
  try {
    signal.throwIfAborted()
    const input = policyInput(view)
    const inputText = JSON.stringify(input) // canonical: its maker sorts the keys
    noteCanonical(input, inputText)
    const one: Case = { id: view.request.id, tenant: view.principal.tenant, input, inputText, loaded }
    return new Promise(resolve => {
      loaded.pool.tell({ tenant: one.tenant, entrypoint: entrypoints.decision, inputText }, {
        answer: text => { resolve(concludeText(one, text, terms)) },
        fail: error => { resolve(fail(one, error, terms)) }
      })
    })
  } catch (thrown) {
    return halt(toGatewayError(thrown, 'GW_POLICY_ERROR'))
  }
}

function concludeText (one: Case, text: string, terms: DecideTerms): Decided {
  try {
    const document = documentOf(text)
    const decided = conclude(one, document, terms.authority)
    terms.shadow?.observe(madeOf(one, comparedOf(document, one.id) ?? denial))
    return decided
  } catch (thrown) {
    return fail(one, thrown, terms)
  }
}

function conclude ({ id, tenant, input, inputText, loaded }: Case, document: unknown, authority: DecisionAuthority): Decided {
  const judge = loaded.judges ? makeJudge(text => askFor(loaded, tenant, entrypoints.judgement, text), id, inputText) : noObjection
  const { decision, permit } = authority.decide({ document, policy: loaded.version, input, inputDigest: digestOf(inputText), judge })
  if (permit !== null) return proceed({ decision, permit })
  return { kind: 'halt', error: new GatewayError('GW_POLICY_DENIED', { reasons: decision.reasons, ...messageOf(document) }), facts: { decision } }
}

function fail (one: Case, thrown: unknown, { shadow }: DecideTerms): Decided {
  shadow?.observe(madeOf(one, denial))
  return halt(toGatewayError(thrown, 'GW_POLICY_ERROR'))
}

/** What a policy without a decision comes to. */
const denial: ComparedDecision = { effect: 'deny', endpoints: [], obligations: [], tag: '', reasons: [] }

function madeOf ({ id, tenant, inputText, loaded }: Case, decision: ComparedDecision): Made {
  return { id, version: loaded.version.version, tenant, inputText, decision }
}

/** A candidate's decision on the same input, or null where it has none. */
export async function askCandidate (candidate: LoadedVersion, { id, tenant, inputText }: Pick<Made, 'id' | 'tenant' | 'inputText'>): Promise<ComparedDecision | null> {
  try {
    return comparedOf(await askFor(candidate, tenant, entrypoints.decision, inputText), id)
  } catch (thrown) {
    const { code } = toGatewayError(thrown, 'GW_POLICY_ERROR')
    if (code === 'GW_OVERLOADED' || code === 'GW_POLICY_UNAVAILABLE') throw thrown // it says nothing of the candidate
    return null
  }
}

async function askFor ({ pool }: LoadedVersion, tenant: string | null, entrypoint: string, inputText: string): Promise<unknown> {
  return documentOf(await pool.ask({ tenant, entrypoint, inputText }))
}

/** The one result of an evaluation. Throws GatewayError for none, or several. */
function documentOf (text: string): unknown {
  const results = readValue(text)
  if (!Array.isArray(results) || results.length === 0) throw new GatewayError('GW_POLICY_UNDEFINED')
  const [first]: readonly unknown[] = results
  if (results.length > 1 || typeof first !== 'object' || first === null || !('result' in first)) throw new GatewayError('GW_POLICY_INVALID')
  return first.result
}

/** The static text that a policy has for the caller; the authority has held it to its form. */
function messageOf (document: unknown): { readonly callerMessage?: string } {
  const message = typeof document === 'object' && document !== null && 'message' in document ? document.message : null
  return typeof message === 'string' ? { callerMessage: message } : {}
}

/** Over the bytes that were evaluated. */
function digestOf (text: string): string {
  return `sha256:${hash('sha256', text, 'hex')}`
}
