/** The response leg: the answer is judged by the policy version that permitted the request, then released or blocked. */
import { GatewayError } from '../errors.ts'
import { macOf } from '../enforce/mac.ts'
import type { ResponseDecision } from '../pipeline/facts.ts'
import type { AnswerReading } from '../protocol/contract.ts'
import { withMembers } from '../content/members.ts'
import { callerHeaders } from '../http/headers.ts'
import { bodyKey } from './body-key.ts'
import type { Exchange } from './exchange.ts'
import type { Release } from './finish.ts'
import type { HeldAnswer } from './forward.ts'
import { bytesOf, estimatedUsage } from './usage.ts'

/** Throws GatewayError where the answer cannot be read or judged: it is then never released. */
export async function judgeAnswer (x: Exchange, held: HeldAnswer): Promise<Release> {
  let reading = readAnswer(x, held)
  let body: Uint8Array = held.body
  let whole: ResponseDecision | null = null
  const schema = schemaOf(x)
  for (const stage of x.route.pipeline.response) {
    x.run.facts.answer = schema === null ? reading.answer : { ...reading.answer, schema }
    await x.run.step(stage, x.signal)
    const response = x.run.facts.response
    if (response === undefined) throw new GatewayError('GW_RESPONSE_FAILED')
    whole = whole === null ? response : join(whole, response)
    if (response.decision === 'block') break
    if (response.edits.length > 0) {
      body = reading.rewrite(response.edits)
      reading = x.route.protocol.readAnswer({ ...held, contentType: contentTypeOf(held), body, stream: reading.answer.stream })
    }
  }
  if (whole === null) throw new GatewayError('GW_RESPONSE_FAILED')
  return release(x, held, reading, whole.members === undefined ? body : withMembers(body, whole.members), whole)
}

/** What the body that was sent asks of the answer's form. */
export function schemaOf ({ run, route, judged }: Exchange): string | null {
  if (run.facts.shape?.outputFormat !== 'json_schema' || judged === null) return null
  return route.protocol.outputSchema?.(judged) ?? null
}

function readAnswer (x: Exchange, held: HeldAnswer): AnswerReading {
  const stream = x.run.facts.shape?.stream ?? false
  const reading = x.route.protocol.readAnswer({ status: held.status, contentType: contentTypeOf(held), body: held.body, stream })
  x.answer = reading
  x.usage = reading.usage ?? (x.route.protocol.hasModels && held.status < 300 ? estimatedUsage(x, bytesOf(reading.answer.lanes)) : null)
  return reading
}

function contentTypeOf (held: HeldAnswer): string | null {
  return held.headers['content-type'] ?? null
}

function release (x: Exchange, held: HeldAnswer, reading: AnswerReading, body: Uint8Array, whole: ResponseDecision): Release {
  const blocked = whole.decision === 'block' ? reading.blocked('GW_RESPONSE_BLOCKED', { status: 403, message: '' }) : null
  note(x, whole, whole.decision === 'block' ? blocked ?? new Uint8Array(0) : body)
  if (whole.decision === 'block' && blocked === null) throw blockError(whole)
  const headers = { ...callerHeaders(held.headers), ...whole.headers }
  return { status: held.status, headers, body: blocked ?? body }
}

function blockError (whole: ResponseDecision): GatewayError {
  const code = whole.reasons.includes('response.unscanned') ? 'GW_RESPONSE_UNSCANNED' : 'GW_RESPONSE_BLOCKED'
  return new GatewayError(code, { reasons: whole.reasons })
}

/** Several response stages chain; the strictest effect and all reasons hold. */
function join (before: ResponseDecision, after: ResponseDecision): ResponseDecision {
  const effects = ['permit', 'redact', 'block'] as const
  const strictest = effects[Math.max(effects.indexOf(before.decision), effects.indexOf(after.decision))]
  return {
    decision: strictest ?? 'block',
    reasons: [...new Set([...before.reasons, ...after.reasons])].sort(),
    edits: [...before.edits, ...after.edits],
    redactions: before.redactions + after.redactions,
    headers: { ...before.headers, ...after.headers },
    ...before.members === undefined && after.members === undefined ? {} : { members: { ...before.members, ...after.members } },
    marked: [...new Set([...before.marked, ...after.marked])].sort(),
    unscanned: [...new Set([...before.unscanned, ...after.unscanned])].sort(),
    classification: after.classification,
    mode: before.mode === 'observe' ? after.mode : before.mode
  }
}

function note (x: Exchange, whole: ResponseDecision, released: Uint8Array): void {
  x.response = {
    mac: macOf(bodyKey(x), [released]),
    decision: whole.decision,
    reasons: whole.reasons,
    redactions: whole.redactions,
    marked: whole.marked,
    unscanned: whole.unscanned,
    holdOverflow: false,
    classification: whole.classification,
    mode: whole.mode
  }
}
