/** The request leg: identity, content, classification, policy, redaction, record. It ends with a receipt or a halt. */
import { GatewayError } from '../errors.ts'
import { joinClassification } from '../enforce/classification.ts'
import { macOf } from '../enforce/mac.ts'
import { requireObligations } from '../enforce/obligations.ts'
import type { Decision } from '../enforce/decision.ts'
import type { OperatorContext } from '../enforce/operators.ts'
import { Pseudonyms, tokensIn } from '../enforce/pseudonyms.ts'
import { planRedaction } from '../enforce/redact.ts'
import type { FactName, Facts, Issued, Leaf } from '../pipeline/facts.ts'
import { PipelineRun, type RunSources } from '../pipeline/run.ts'
import type { SendableReading } from '../protocol/contract.ts'
import { bodyKey } from './body-key.ts'
import { openContent } from './content.ts'
import type { Exchange } from './exchange.ts'
import { narrowRole, strictestBudget } from './narrowing.ts'

const contentFacts: readonly FactName[] = ['prompt', 'shape', 'request', 'quota']

/** Runs the stages up to the receipt. Throws GatewayError for a halt. */
export async function decide (x: Exchange): Promise<void> {
  for (const entry of x.route.pipeline.request) {
    const running = x.run.step(entry, x.signal)
    if (running !== undefined) await running
  }
  await openOnce(x) // a body that no stage read is still bound by the record
  discharge(x)
  await x.run.step(x.route.pipeline.audit, x.signal)
  x.recorded = true
  letGo(x)
}

/** From here on only the judged body is needed: an endpoint may take minutes, and what was read of a body is several times its size. */
function letGo (x: Exchange): void {
  x.tokens?.letGo(countsTokens(x))
  x.run.facts.prompt = undefined
  x.run.parts.length = 0
  x.raw = null
  x.reading = null
  if (x.judgedReading !== null) x.judgedReading = sendable(x.judgedReading)
}

/** Whether the router will ask for them: for a budget, or for an endpoint's own limit. */
function countsTokens ({ run, runtime, narrowing }: Exchange): boolean {
  const { permit, decision } = run.facts
  if (narrowing?.budget.costMicros !== null || decision?.obligations.some(({ type }) => type === 'cost_budget') === true) return true
  return permit?.endpoints.some(id => runtime.endpoints.get(id)?.config.limit.tokensPerMinute !== null) === true
}

function sendable ({ model, target, macParts, answer }: SendableReading): SendableReading {
  return answer === undefined ? { model, target, macParts } : { model, target, macParts, answer }
}

/** What the core supplies to the stages of this exchange. */
export function makeRun (open: () => Exchange): PipelineRun {
  const sources: RunSources = {
    supply: name => supply(open(), name),
    join: parts => {
      const x = open()
      return joinClassification(x.runtime.taxonomy, parts, x.run.facts.prompt?.leaves ?? [], x.unscanned)
    },
    complete: principal => open().runtime.principals?.complete(principal) ?? principal,
    narrow: principal => narrowRole(principal, open().run.facts.credential?.role ?? null)
  }
  return new PipelineRun(sources)
}

function supply (x: Exchange, name: FactName): Promise<Partial<Facts> | null> | Partial<Facts> | null {
  if (contentFacts.includes(name)) return openOnce(x)
  if (name === 'attempts') return { attempts: [] }
  if (name === 'issued') return { issued: x.pseudonyms ?? noPseudonyms }
  if (name === 'budget') return { budget: budgetOf(x) }
  return null
}

function openOnce (x: Exchange): Promise<Partial<Facts> | null> | null {
  if (x.run.facts.principal === undefined || x.opened) return null
  x.opened = true // a body that could not be read is not tried again when its denial is recorded
  return open(x)
}

async function open (x: Exchange): Promise<Partial<Facts>> {
  const facts = await openContent(x)
  const quota = x.run.facts.quota ?? facts.quota
  Object.assign(x.run.facts, facts, { quota })
  return facts.quota === quota ? facts : { ...facts, quota }
}

function budgetOf (x: Exchange): Facts['budget'] {
  return strictestBudget(x.narrowing?.budget ?? { latencyMs: null, costMicros: null }, x.run.facts.decision?.obligations ?? [])
}

/** Makes what the decision obliges the core to make of the request: after this, the judged body is fixed. */
function discharge (x: Exchange): void {
  const { decision, permit, request } = x.run.facts
  if (decision === undefined || permit === undefined || request === undefined) throw new GatewayError('GW_POLICY_UNDEFINED')
  if (decision.effect === 'deny') throw new GatewayError('GW_POLICY_DENIED', { reasons: decision.reasons })
  requireObligations(decision.obligations, request)
  if (decision.effect === 'redact') redact(x)
  else keep(x)
  x.services.underWay.decide(x)
}

function keep (x: Exchange): void {
  x.judged = x.raw
  x.judgedReading = x.reading
  x.dispatched = x.received
}

/** The edited body is read again by its protocol: what is sent must still be what the protocol says it is. */
function redact (x: Exchange): void {
  const { decision, prompt } = x.run.facts
  if (x.raw === null || x.reading === null || decision === undefined || prompt === undefined) throw new GatewayError('GW_INTERNAL')
  const findings = x.run.parts.flatMap(part => part.findings)
  const edits = planRedaction(findings, prompt.leaves, decision.redactions, meansOf(x, prompt.leaves, decision))
  const body = x.route.protocol.edit(x.raw, x.reading, edits)
  x.judged = { ...x.raw, body }
  x.judgedReading = x.route.protocol.read(x.judged)
  x.dispatched = macOf(bodyKey(x), x.judgedReading.macParts(body))
}

/** Pseudonyms are issued where the decision asks for them. */
function meansOf (x: Exchange, leaves: readonly Leaf[], { redactions }: Decision): OperatorContext {
  const { principal } = x.run.facts
  const { macKey, redactionKey } = x.services
  if (principal !== undefined && redactions.some(({ operator }) => operator === 'pseudonym')) {
    const taken = tokensIn(leaves.map(({ text }) => text))
    x.pseudonyms = new Pseudonyms(redactionKey.secret, principal, token => taken.has(token))
  }
  return { hashKey: macKey.secret, redactionKey, pseudonyms: x.pseudonyms }
}

/** What an answer may find where none were issued. */
const noPseudonyms: Issued = { size: 0, find: () => [], pending: text => text.length }
