/** The path of one request, from the matched route to the last byte of its answer. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError, toGatewayError } from '../errors.ts'
import { credentialOf } from '../http/credential.ts'
import { peerOf } from '../http/peer.ts'
import { rateLimitHeaders } from '../http/rate-limit.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import type { Route, Runtime } from '../runtime.ts'
import { judgeAnswer, type Release } from './answer.ts'
import { decide, makeRun } from './decide.ts'
import type { Exchange, ExchangeServices } from './exchange.ts'
import { forward } from './forward.ts'
import { newIdentifier } from './identifier.ts'
import { errorHeaders, recordDenial } from './refuse.ts'

export interface Target { readonly path: string, readonly query: string }

/** Answers one request of a matched route. Never throws: whatever fails is a denial or an outcome on record. */
export async function handle (runtime: Runtime, route: Route, services: ExchangeServices, request: FastifyRequest, reply: FastifyReply, target: Target): Promise<void> {
  const watch = watchCaller(reply, route.totalMs)
  const x = openExchange(runtime, route, services, request, reply, target, watch.signal)
  services.underWay.add(x)
  try {
    await serve(x)
  } finally {
    watch.forget()
    services.underWay.delete(x)
    services.open.delete(x.id)
    x.pseudonyms?.wipe()
    services.metrics.answered(route.config.path, x.run.facts.decision?.effect ?? 'deny', x.status ?? 0, services.nowMs() - x.receivedMs)
  }
}

async function serve (x: Exchange): Promise<void> {
  try {
    await decide(x)
  } catch (thrown) {
    const error = await recordDenial(x, failure(x, thrown))
    await finish(x, resultOf(x, 'denied'), errorRelease(x, error))
    return
  }
  try {
    const release = await judgeAnswer(x, await forward(x))
    const end = x.response?.decision === 'block' ? 'blocked' : 'ok'
    await finish(x, resultOf(x, end), release)
  } catch (thrown) {
    const error = failure(x, thrown)
    await finish(x, resultOf(x, endOf(x, error)), errorRelease(x, error))
  }
}

function failure (x: Exchange, thrown: unknown): GatewayError {
  const error = toGatewayError(thrown, 'GW_INTERNAL')
  const level = error.status >= 500 ? 'warn' : 'debug'
  x.services.log[level]({ decision: x.id, route: x.route.config.path, code: error.code, error }, 'request refused')
  return error
}

/** Fixes the result, waits for its outcome to be durable, lets the answer go, then settles the other stages. */
async function finish (x: Exchange, result: SettleResult, release: Release): Promise<void> {
  x.status = release.status
  if (await settleAudit(x, result)) sendRelease(x, release)
  else x.request.raw.socket.destroy() // no complete answer without evidence
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

function sendRelease (x: Exchange, { status, headers, body }: Release): void {
  if (x.request.raw.socket.destroyed) return
  x.reply.code(status).headers({ ...decisionHeaders(x), ...headers, ...quotaHeaders(x) }).send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
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

/** The caller's own quotas stand before those that an endpoint tells of the gateway's account. */
function quotaHeaders (x: Exchange): Record<string, string> {
  return x.recorded ? rateLimitHeaders(x.run.facts.quota ?? []) : {}
}

function errorRelease (x: Exchange, error: GatewayError): Release {
  const envelope = x.route.protocol.error({ code: error.code, message: error.callerMessage, status: error.status })
  const headers = { 'content-type': envelope.contentType, ...errorHeaders(error, x) }
  return { status: error.status, headers, body: Buffer.from(envelope.body) }
}

function resultOf (x: Exchange, end: SettleResult['end']): SettleResult {
  const decision = x.recorded ? x.run.facts.decision?.effect ?? 'deny' : 'deny'
  return { decision, end, attempts: x.attempts, usage: x.usage, costMicros: costOf(x) }
}

function endOf (x: Exchange, error: GatewayError): SettleResult['end'] {
  if (x.signal.aborted && error.code === 'GW_REQUEST_ABORTED') return 'client_gone'
  if (error.code === 'GW_UPSTREAM_TIMEOUT') return 'timeout'
  if (error.code.startsWith('GW_RESPONSE_')) return 'blocked'
  return x.attempts.length === 0 && error.code !== 'GW_ROUTE_NO_ENDPOINT_HEALTHY' ? 'not_dialled' : 'upstream_error'
}

/** Dollars per million tokens is micros per token. */
function costOf (x: Exchange): number | null {
  const price = x.runtime.endpoints.get(x.choice?.id ?? '')?.config.price ?? null
  if (price === null || x.usage === null) return null
  return Math.ceil(price.input * x.usage.inputTokens + price.output * x.usage.outputTokens)
}

/** A signal that aborts when the caller is gone or the total time is over. */
function watchCaller (reply: FastifyReply, totalMs: number): { signal: AbortSignal, forget: () => void } {
  const controller = new AbortController()
  const gone = (): void => { if (!reply.raw.writableFinished) controller.abort(new GatewayError('GW_REQUEST_ABORTED')) }
  const timer = setTimeout(() => { controller.abort(new GatewayError('GW_UPSTREAM_TIMEOUT')) }, totalMs)
  reply.raw.once('close', gone)
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(timer)
      reply.raw.off('close', gone)
    }
  }
}

function openExchange (runtime: Runtime, route: Route, services: ExchangeServices, request: FastifyRequest, reply: FastifyReply, target: Target, signal: AbortSignal): Exchange {
  const receivedMs = services.nowMs()
  const { publicUrl, listen } = runtime.configuration
  const peer = peerOf(request, listen)
  const x: Exchange = {
    id: newIdentifier(receivedMs),
    receivedMs,
    runtime,
    route,
    services,
    request,
    reply,
    run: makeRun(() => x),
    isProxied: peer.trusted,
    signal,
    path: target.path,
    query: target.query,
    trace: traceOf(request.headers['traceparent']),
    opened: false,
    narrowing: null,
    raw: null,
    reading: null,
    received: null,
    judged: null,
    judgedReading: null,
    dispatched: null,
    pseudonyms: null,
    model: null,
    unscanned: [],
    recorded: false,
    attempts: [],
    choice: null,
    answer: null,
    response: null,
    usage: null,
    retryAfterSeconds: null,
    status: null
  }
  x.run.facts.credential = credentialOf(request, target, publicUrl, peer)
  return x
}

/** The trace id of a W3C traceparent (version 00), or null. */
function traceOf (header: unknown): string | null {
  const match = typeof header === 'string' ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header) : null
  return match?.[1] ?? null
}
