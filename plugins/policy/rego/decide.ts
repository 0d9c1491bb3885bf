/** One decision: the facts become an input, the policy answers a document, the core's authority makes a decision of it. */
import { createHash } from 'node:crypto'
import { noteCanonical } from '../../../core/audit/canonical.ts'
import type { DecisionAuthority } from '../../../core/enforce/decision.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { GatewayError, halt, proceed, type StageResult } from '../../../core/pipeline/plugin.ts'
import { comparedOf, type ComparedDecision } from '../../../rego/compare.ts'
import { readValue } from '../../../rego/engine/term.ts'
import { entrypoints } from '../../../rego/library.ts'
import { policyInput, type PolicyView } from './input.ts'
import { makeJudge, noObjection } from './judge.ts'
import type { Shadow } from './shadow.ts'
import type { LoadedVersion } from './version.ts'

export type Decided = StageResult<'decision' | 'permit'>

export async function decide (view: PolicyView, signal: AbortSignal, loaded: LoadedVersion, authority: DecisionAuthority, shadow: Shadow | null): Promise<Decided> {
  const { version, judges } = loaded
  const { id } = view.request
  const { tenant } = view.principal
  let inputText = ''
  let compared: ComparedDecision | null = null
  try {
    signal.throwIfAborted()
    const input = policyInput(view)
    inputText = JSON.stringify(input) // canonical: its maker sorts the keys
    noteCanonical(input, inputText)
    const document = await ask(loaded, tenant, entrypoints.decision, inputText)
    const judge = judges ? makeJudge(async text => await ask(loaded, tenant, entrypoints.judgement, text), id, inputText) : noObjection
    const { decision, permit } = authority.decide({ document, policy: version, input, inputDigest: digestOf(inputText), judge })
    if (shadow !== null) compared = comparedOf(document)
    if (permit !== null) return proceed({ decision, permit })
    return { kind: 'halt', error: new GatewayError('GW_POLICY_DENIED', { reasons: decision.reasons, ...messageOf(document) }), facts: { decision } }
  } catch (thrown) {
    return halt(toGatewayError(thrown, 'GW_POLICY_ERROR'))
  } finally {
    if (inputText !== '') shadow?.observe({ id, version: version.version, tenant, inputText, decision: compared ?? denial })
  }
}

/** What a policy without a decision comes to. */
const denial: ComparedDecision = { effect: 'deny', endpoints: [], obligations: [], tag: '' }

/** A candidate's decision on the same input, or null where it has none. */
export async function askCandidate (candidate: LoadedVersion, { tenant, inputText }: { readonly tenant: string | null, readonly inputText: string }): Promise<ComparedDecision | null> {
  try {
    return comparedOf(await ask(candidate, tenant, entrypoints.decision, inputText))
  } catch (thrown) {
    const { code } = toGatewayError(thrown, 'GW_POLICY_ERROR')
    if (code === 'GW_OVERLOADED' || code === 'GW_POLICY_UNAVAILABLE') throw thrown // it says nothing of the candidate
    return null
  }
}

async function ask ({ pool }: LoadedVersion, tenant: string | null, entrypoint: string, inputText: string): Promise<unknown> {
  return documentOf(await pool.ask(tenant, entrypoint, inputText))
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
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}
