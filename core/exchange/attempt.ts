/** One dial of one endpoint: from the sealed dispatch to an answer that can be judged, or to the cause that there is none. */
import type { Readable } from 'node:stream'
import { exhaustedForMs, retryAfterMs } from '../endpoints/waits.ts'
import { sealDispatch, type Dispatch } from '../enforce/dispatch.ts'
import { GatewayError, toGatewayError } from '../errors.ts'
import { abortError, send, sendError, type UpstreamAnswer } from '../http/transport.ts'
import { sendWhole, type WholeAnswer } from '../http/whole.ts'
import type { AttemptReason, EndpointChoice } from '../pipeline/facts.ts'
import type { AnswerStream } from '../protocol/contract.ts'
import { bodyKey } from './body-key.ts'
import { causeOf } from './cause.ts'
import type { AttemptRecord, Exchange } from './exchange.ts'

/** The largest answer that is held to be judged. */
export const answerLimitBytes = 64 * 1024 * 1024

export type HeldAnswer = WholeAnswer

/** An answer that is judged as it comes. Its attempt is under way until it is closed. */
export interface LiveAnswer {
  readonly status: number
  readonly headers: WholeAnswer['headers']
  readonly stream: Readable
  readonly reading: AnswerStream
  /** Ends the attempt: on record. Called once. */
  close (failure: GatewayError | null): void
}

/** How an attempt came out. A live answer has no record yet; an answer beside a failure is one that the endpoint gave to refuse the request itself. */
export interface Ended {
  readonly choice: EndpointChoice
  readonly answer: HeldAnswer | LiveAnswer | null
  readonly failure: GatewayError | null
  readonly record: AttemptRecord | null
}

/** Never rejects but for a dispatch that cannot be sealed. */
export async function attempt (x: Exchange, choice: EndpointChoice, signal: AbortSignal): Promise<Ended> {
  const dial = new Dial(x, choice)
  let answer: HeldAnswer | LiveAnswer
  try {
    answer = await dial.send(signal)
  } catch (thrown) {
    const failure = signal.aborted ? abortError(signal) : toGatewayError(thrown, 'GW_UPSTREAM_FAILED')
    return { choice, answer: null, failure, record: dial.end(failure) }
  }
  if ('reading' in answer) return { choice, answer, failure: null, record: null }
  const failure = statusFailure(answer.status)
  if (failure !== null) return { choice, answer: null, failure, record: dial.end(failure) }
  const refusal = refusalOf(x, answer)
  return { choice, answer, failure: refusal, record: dial.end(refusal) }
}

class Dial {
  readonly #x: Exchange
  readonly #choice: EndpointChoice
  readonly #dispatch: Dispatch
  readonly #startedMs = performance.now()
  #status: number | null = null
  #firstByteMs: number | null = null
  #waitMs: number | null = null

  constructor (x: Exchange, choice: EndpointChoice) {
    this.#x = x
    this.#choice = choice
    this.#dispatch = seal(x, choice.id)
    x.services.states.of(choice.id).begin(choice.reason === 'retry')
  }

  /** Whole answers go through the buffered door; a stream is read as it comes where every response stage can. */
  async send (signal: AbortSignal): Promise<HeldAnswer | LiveAnswer> {
    const x = this.#x
    if (x.run.facts.shape?.stream !== true) {
      const answer = await sendWhole(this.#dispatch, signal, { limitBytes: answerLimitBytes, head: status => this.#head(status) })
      this.#waitMs = noteWait(x, answer)
      return answer
    }
    const answer = await send(x.reply, this.#dispatch, signal)
    this.#waitMs = noteWait(x, answer)
    if (!this.#head(answer.status)) {
      discard(answer.stream)
      return { ...answer, body: Buffer.alloc(0) }
    }
    const reading = openReading(x, answer)
    return reading === null ? { ...answer, body: await hold(answer.stream) } : { ...answer, reading, close: failure => { this.end(failure) } }
  }

  /** Puts it on record. Called once. */
  end (failure: GatewayError | null): AttemptRecord {
    const { services } = this.#x
    const record = recordOf(this.#dispatch, this.#choice.reason, this.#status, failure, this.#startedMs, this.#firstByteMs)
    this.#x.attempts.push(record)
    services.states.of(this.#choice.id).end({ cause: record.cause ?? null, retryAfterMs: this.#waitMs, firstByteMs: this.#firstByteMs })
    services.metrics.attempt(record)
    return record
  }

  #head (status: number): boolean {
    this.#status = status
    this.#firstByteMs = Math.round(performance.now() - this.#startedMs)
    return statusFailure(status) === null
  }
}

/** Null where the answer is no stream, or a response stage judges whole answers alone. */
function openReading ({ route }: Exchange, { status, headers }: UpstreamAnswer): AnswerStream | null {
  if (!route.pipeline.response.every(({ stage }) => stage.filter !== undefined)) return null
  return route.protocol.openAnswer?.({ status, contentType: headers['content-type'] ?? null, stream: true }) ?? null
}

/** What may be sent to an endpoint of the permit: the judged body, and nothing without permit and receipt. */
export function seal (x: Exchange, id: string): Dispatch {
  const endpoint = x.runtime.endpoints.get(id)
  if (endpoint === undefined || x.judged === null || x.judgedReading === null || x.dispatched === null) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
  return sealDispatch({
    permit: x.run.facts.permit,
    receipt: x.run.facts.receipt,
    endpoint,
    protocol: x.route.protocol,
    ...(x.model === null ? {} : { model: x.runtime.models.get(x.model)?.nameAt(id) ?? x.model }),
    judged: x.judged,
    reading: x.judgedReading,
    dispatched: x.dispatched,
    macKey: bodyKey(x),
    headers: x.request.headers
  })
}

export function recordOf (dispatch: Dispatch, reason: AttemptReason, status: number | null, failure: GatewayError | null, startedMs: number, firstByteMs: number | null): AttemptRecord {
  return {
    endpoint: dispatch.endpoint.config.id,
    reason,
    model: dispatch.model,
    mac: dispatch.mac,
    status,
    error: failure?.code ?? null,
    cause: failure === null ? null : causeOf(failure, status),
    milliseconds: Math.round(performance.now() - startedMs),
    firstByteMs
  }
}

/** Statuses that are no answer to the caller: the gateway was refused, told to wait, redirected, or the endpoint failed. */
export function statusFailure (status: number): GatewayError | null {
  if (status === 401 || status === 403 || status === 407) return new GatewayError('GW_UPSTREAM_REFUSED')
  if (status === 429) return new GatewayError('GW_UPSTREAM_RATE_LIMITED')
  if (status >= 500) return new GatewayError('GW_UPSTREAM_FAILED')
  if (status < 200 || (status >= 300 && status < 400)) return new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  return null
}

/** The endpoint refused the request for its length or its content: another endpoint may see it otherwise. */
function refusalOf ({ route }: Exchange, { status, body }: HeldAnswer): GatewayError | null {
  if (status < 400) return null
  const refused = route.protocol.refusal?.({ status, body }) ?? null
  if (refused === null) return null
  return new GatewayError(refused === 'context_length' ? 'GW_ROUTE_CONTEXT_TOO_LONG' : 'GW_UPSTREAM_CONTENT_FILTER')
}

const longestRetryAfterSeconds = 3600

/** Milliseconds for which the endpoint is left alone, or null: what it asks for, or until its own limit leaves room. */
export function noteWait (x: Exchange, { status, headers }: Pick<WholeAnswer, 'status' | 'headers'>): number | null {
  const nowMs = x.services.nowMs()
  const askedMs = status === 429 || status >= 500 ? retryAfterMs(headers, nowMs) : null
  if (status === 429) x.retryAfterSeconds = Math.min(Math.max(1, Math.ceil((askedMs ?? 1000) / 1000)), longestRetryAfterSeconds)
  return askedMs ?? exhaustedForMs(headers, nowMs)
}

/** The route stage settles the attempts that failed; the one that answers is settled with the request, when its usage is known. */
export async function settleRoute (x: Exchange): Promise<void> {
  const result = { decision: x.run.facts.decision?.effect ?? 'deny', end: 'upstream_error', attempts: x.attempts, usage: null, costMicros: null } as const
  await x.run.settle(result, ready => ready.phase === 'route', (ready, thrown) => {
    x.services.log.warn({ error: thrown, stage: ready.name }, 'a stage failed to settle')
  })
}

function discard (stream: Readable): void {
  stream.on('error', () => {}) // what is thrown away may fail as it likes
  stream.destroy()
}

async function hold (stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  return await new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => { reject(sendError(thrown)) }
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > answerLimitBytes) stream.destroy(new GatewayError('GW_UPSTREAM_BAD_RESPONSE'))
    })
    stream.on('end', () => { resolve(Buffer.concat(chunks, length)) })
    stream.on('error', fail)
    stream.on('close', () => { if (!stream.readableEnded) fail(new GatewayError('GW_UPSTREAM_FAILED')) })
  })
}
