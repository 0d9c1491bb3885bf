/** The path of one request, from the matched route to the last byte of its answer. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import { credentialOf } from '../http/credential.ts'
import { peerOf } from '../http/peer.ts'
import { readPresented } from '../http/presented.ts'
import type { Route, Runtime } from '../runtime.ts'
import { judgeAnswer } from './answer.ts'
import { decide, makeRun } from './decide.ts'
import type { Exchange, ExchangeServices } from './exchange.ts'
import { endOf, errorRelease, failure, finishWhole } from './finish.ts'
import { forward } from './forward.ts'
import { newIdentifier } from './identifier.ts'
import { answerItself } from './own-answer.ts'
import { recordDenial } from './refuse.ts'
import { relayStream } from './relay.ts'

export interface Target { readonly path: string, readonly query: string }

/** Answers one request of a matched route. Never throws: whatever fails is a denial or an outcome on record. */
export async function handle (runtime: Runtime, route: Route, services: ExchangeServices, request: FastifyRequest, reply: FastifyReply, target: Target): Promise<void> {
  const watch = watchCaller(reply, route.totalMs)
  const x = openExchange(runtime, route, services, request, reply, target, watch.signal)
  const place = services.underWay.enter(x)
  try {
    await serve(x)
  } finally {
    watch.forget()
    services.underWay.leave(place)
    x.pseudonyms?.wipe()
    services.metrics.answered(route.config.path, x.run.facts.decision?.effect ?? 'deny', x.status ?? 0, services.nowMs() - x.receivedMs)
  }
}

async function serve (x: Exchange): Promise<void> {
  try {
    await decide(x)
  } catch (thrown) {
    const error = await recordDenial(x, failure(x, thrown))
    await finishWhole(x, 'denied', errorRelease(x, error))
    return
  }
  try {
    const answer = answerItself(x) ?? await forward(x)
    if ('reading' in answer) return await relayStream(x, answer)
    const release = await judgeAnswer(x, answer)
    await finishWhole(x, x.response?.decision === 'block' ? 'blocked' : 'ok', release)
  } catch (thrown) {
    const error = failure(x, thrown)
    await finishWhole(x, endOf(x, error), errorRelease(x, error))
  }
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
  const presented = readPresented(request.raw.rawHeaders, listen.clientCertificateHeader)
  const peer = peerOf(request.raw.socket, listen, presented)
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
    bodyKey: null,
    pseudonyms: null,
    model: null,
    tokens: null,
    unscanned: [],
    recorded: false,
    attempts: [],
    mirrors: [],
    choice: null,
    answer: null,
    response: null,
    usage: null,
    retryAfterSeconds: null,
    status: null
  }
  x.run.facts.credential = credentialOf(request, presented, target, publicUrl, peer)
  return x
}

/** The trace id of a W3C traceparent (version 00), or null. */
function traceOf (header: unknown): string | null {
  const match = typeof header === 'string' ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header) : null
  return match?.[1] ?? null
}
