/** Sends the judged body to endpoints of the permit, one attempt after another, until one answers. */
import type { Readable } from 'node:stream'
import { sealDispatch, type Dispatch } from '../enforce/dispatch.ts'
import { GatewayError, toGatewayError, type GatewayErrorCode } from '../errors.ts'
import { abortError, send, sendError, type UpstreamAnswer } from '../http/transport.ts'
import { sendWhole, type WholeAnswer } from '../http/whole.ts'
import type { EndpointChoice } from '../pipeline/facts.ts'
import type { AnswerStream } from '../protocol/contract.ts'
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
  /** Ends the attempt: on record, and settled by the router. Called once. */
  close (failure: GatewayError | null): Promise<void>
}

/** The first usable answer. Throws the last attempt's error where the router has nothing left to choose. */
export async function forward (x: Exchange): Promise<HeldAnswer | LiveAnswer> {
  for (;;) {
    const choice = await choose(x)
    const answer = await attempt(x, choice)
    if (answer !== null) return answer
    if (x.signal.aborted) throw abortError(x.signal)
  }
}

/** The router's next choice, checked against the permit whatever it says. */
async function choose (x: Exchange): Promise<EndpointChoice> {
  const { route } = x.route.pipeline
  if (route === null) throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY')
  x.run.facts.attempts = x.attempts.map(({ endpoint, reason, status, error, milliseconds }) => ({ endpoint, reason, status, error, milliseconds }))
  await x.run.step(route, x.signal)?.catch((thrown: unknown) => { throw lastError(x) ?? thrown })
  const choice = x.run.facts.endpoint
  const inPermit = choice !== undefined && [choice.id, ...choice.mirrors ?? []].every(id => x.run.facts.permit?.covers(id))
  if (choice === undefined || !inPermit) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
  x.choice = choice
  return choice
}

function lastError (x: Exchange): GatewayError | null {
  const code = x.attempts.at(-1)?.error ?? null
  if (code === null) return null
  const wait = code === 'GW_UPSTREAM_RATE_LIMITED' ? { retryAfterSeconds: x.retryAfterSeconds ?? 1 } : {}
  return new GatewayError(code as GatewayErrorCode, wait)
}

/** One dial. Null where it failed in a way that lets another endpoint try: no byte of an answer was used. */
async function attempt (x: Exchange, choice: EndpointChoice): Promise<HeldAnswer | LiveAnswer | null> {
  const startedMs = performance.now()
  const dispatch = seal(x, choice)
  x.services.states.begin(choice.id)
  let status: number | null = null
  const close = async (failure: GatewayError | null): Promise<void> => {
    const milliseconds = Math.round(performance.now() - startedMs)
    x.attempts.push(record(dispatch, choice, status, failure, milliseconds))
    x.services.states.end(choice.id, failure === null)
    x.services.metrics.attempt(choice.id, failure?.code ?? 'ok', milliseconds)
    await settleRoute(x)
  }
  const head = (given: number): boolean => {
    status = given
    return refusal(given) === null
  }
  const dialled = await dial(x, dispatch, head).catch((thrown: unknown) => x.signal.aborted ? abortError(x.signal) : toGatewayError(thrown, 'GW_UPSTREAM_FAILED'))
  if (!(dialled instanceof GatewayError) && 'reading' in dialled) return { ...dialled, close }
  const failure = dialled instanceof GatewayError ? dialled : refusal(dialled.status)
  await close(failure)
  if (failure === null) return dialled as HeldAnswer
  if (!(dialled instanceof GatewayError)) noteRetryAfter(x, dialled)
  else if (status !== null || x.signal.aborted) throw failure
  return null
}

/** Whole answers go through the buffered door; a stream is read as it comes where every response stage can. */
async function dial (x: Exchange, dispatch: Dispatch, head: (status: number) => boolean): Promise<HeldAnswer | Omit<LiveAnswer, 'close'>> {
  if (x.run.facts.shape?.stream !== true) return await sendWhole(dispatch, x.signal, { limitBytes: answerLimitBytes, head })
  const answer = await send(x.reply, dispatch, x.signal)
  if (!head(answer.status)) {
    discard(answer.stream)
    return { ...answer, body: Buffer.alloc(0) }
  }
  const reading = openReading(x, answer)
  return reading === null ? { ...answer, body: await hold(answer.stream) } : { ...answer, reading }
}

/** Null where the answer is no stream, or a response stage judges whole answers alone. */
function openReading ({ route }: Exchange, { status, headers }: UpstreamAnswer): AnswerStream | null {
  if (!route.pipeline.response.every(({ stage }) => stage.filter !== undefined)) return null
  return route.protocol.openAnswer?.({ status, contentType: headers['content-type'] ?? null, stream: true }) ?? null
}

function seal (x: Exchange, choice: EndpointChoice): Dispatch {
  const endpoint = x.runtime.endpoints.get(choice.id)
  if (endpoint === undefined || x.judged === null || x.judgedReading === null || x.dispatched === null) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
  return sealDispatch({
    permit: x.run.facts.permit,
    receipt: x.run.facts.receipt,
    endpoint,
    protocol: x.route.protocol,
    judged: x.judged,
    reading: x.judgedReading,
    dispatched: x.dispatched,
    macKey: x.services.macKey,
    headers: x.request.headers
  })
}

/** Statuses that are no answer to the caller: the gateway was refused, told to wait, redirected, or the endpoint failed. */
function refusal (status: number): GatewayError | null {
  if (status === 401 || status === 403 || status === 407) return new GatewayError('GW_UPSTREAM_REFUSED')
  if (status === 429) return new GatewayError('GW_UPSTREAM_RATE_LIMITED')
  if (status >= 500) return new GatewayError('GW_UPSTREAM_FAILED')
  if (status < 200 || (status >= 300 && status < 400)) return new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  return null
}

const longestRetryAfterSeconds = 3600

function noteRetryAfter (x: Exchange, { status, headers }: Pick<WholeAnswer, 'status' | 'headers'>): void {
  const asked = Number(headers['retry-after'])
  if (status === 429) x.retryAfterSeconds = Number.isInteger(asked) && asked >= 0 ? Math.min(asked, longestRetryAfterSeconds) : 1
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

function record (dispatch: Dispatch, choice: EndpointChoice, status: number | null, failure: GatewayError | null, milliseconds: number): AttemptRecord {
  return {
    endpoint: choice.id,
    reason: choice.reason,
    model: dispatch.model,
    mac: dispatch.mac,
    status,
    error: failure?.code ?? null,
    milliseconds
  }
}

/** A route stage settles once per attempt: its result is that attempt's. */
async function settleRoute (x: Exchange): Promise<void> {
  const last = x.attempts.at(-1)
  const end = last?.error === null ? 'ok' : 'upstream_error'
  const result = { decision: x.run.facts.decision?.effect ?? 'deny', end, attempts: last === undefined ? [] : [last], usage: null, costMicros: null } as const
  await x.run.settle(result, ready => ready.phase === 'route', (ready, thrown) => {
    x.services.log.warn({ error: thrown, stage: ready.name }, 'a stage failed to settle')
  })
}
