/** How an exchange ends: its result is fixed, its outcome made durable, and only then does the last of the answer leave. */
import { GatewayError, toGatewayError } from '../errors.ts'
import { rateLimitHeaders } from '../http/rate-limit.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import type { Exchange } from './exchange.ts'
import { errorHeaders } from './refuse.ts'

/** What leaves for the caller once the outcome is durable. */
export interface Release {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Fixes the result, waits for its outcome to be durable, lets what was held go, then settles the other stages. */
export async function finish (x: Exchange, result: SettleResult, status: number, letGo: () => void): Promise<void> {
  x.status = status
  if (await settleAudit(x, result)) letGo()
  else x.request.raw.socket.destroy() // no complete answer without evidence
  if (x.usage !== null && x.choice !== null) x.services.metrics.used(x.choice.id, x.usage, result.costMicros)
  await x.run.settle(result, () => true, (ready, thrown) => {
    x.services.log.warn({ error: thrown, stage: ready.name }, 'a stage failed to settle')
  })
}

async function settleAudit (x: Exchange, result: SettleResult): Promise<boolean> {
  let durable = true
  await x.run.settle(result, ready => ready.phase === 'audit', (ready, thrown) => {
    x.services.log.error({ error: thrown, stage: ready.name, decision: x.id }, 'an outcome could not be recorded')
    durable = result.decision === 'deny'
  })
  return durable
}

/** Ends an exchange whose answer leaves in one piece. */
export async function finishWhole (x: Exchange, end: SettleResult['end'], release: Release): Promise<void> {
  await finish(x, resultOf(x, end), release.status, () => { sendRelease(x, release) })
}

function sendRelease (x: Exchange, { status, headers, body }: Release): void {
  if (x.request.raw.socket.destroyed) return
  x.reply.code(status).headers(answerHeaders(x, headers)).send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
}

/** All headers of an answer. The caller's own quotas stand before those that an endpoint tells of the gateway's account. */
export function answerHeaders (x: Exchange, headers: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.assign(decisionHeaders(x), headers)
  const { quota = [] } = x.run.facts
  return x.recorded && quota.length > 0 ? Object.assign(all, rateLimitHeaders(quota)) : all
}

/** What every answer of a route says of its decision, as far as it was reached. */
function decisionHeaders (x: Exchange): Record<string, string> {
  const { decision } = x.run.facts
  if (!x.recorded || decision === undefined) return {}
  const headers: Record<string, string> = { 'sallyport-decision-id': x.id, 'sallyport-decision': decision.effect }
  if (decision.policy !== null) headers['sallyport-policy'] = decision.policy.version
  if (decision.tag !== '') headers['sallyport-classification'] = decision.tag
  return headers
}

/** What was thrown, as the error of this request; told to the operational log. */
export function failure (x: Exchange, thrown: unknown): GatewayError {
  const error = toGatewayError(thrown, 'GW_INTERNAL')
  const level = error.status >= 500 ? 'warn' : 'debug'
  x.services.log[level]({ decision: x.id, route: x.route.config.path, code: error.code, error }, 'request refused')
  return error
}

export function errorRelease (x: Exchange, error: GatewayError): Release {
  const envelope = x.route.protocol.error({ code: error.code, message: error.callerMessage, status: error.status })
  const headers = { 'content-type': envelope.contentType, ...errorHeaders(error, x) }
  return { status: error.status, headers, body: Buffer.from(envelope.body) }
}

export function resultOf (x: Exchange, end: SettleResult['end']): SettleResult {
  const decision = x.recorded ? x.run.facts.decision?.effect ?? 'deny' : 'deny'
  return { decision, end, attempts: x.attempts, usage: x.usage, costMicros: costOf(x) }
}

export function endOf (x: Exchange, error: GatewayError): SettleResult['end'] {
  if (x.signal.aborted && error.code === 'GW_REQUEST_ABORTED') return 'client_gone'
  if (error.code === 'GW_UPSTREAM_TIMEOUT') return 'timeout'
  if (error.code.startsWith('GW_RESPONSE_')) return 'blocked'
  const noneHealthy = error.code === 'GW_ROUTE_NO_ENDPOINT_HEALTHY' && !error.reasons.includes('route.endpoint_limit')
  return x.attempts.length === 0 && !noneHealthy ? 'not_dialled' : 'upstream_error'
}

/** Dollars per million tokens is micros per token. */
function costOf (x: Exchange): number | null {
  const price = x.runtime.endpoints.get(x.choice?.id ?? '')?.config.price ?? null
  if (price === null || x.usage === null) return null
  return Math.ceil(price.input * x.usage.inputTokens + price.output * x.usage.outputTokens)
}
