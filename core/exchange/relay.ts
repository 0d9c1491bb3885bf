/**
 * The response leg of a stream: events are judged as they arrive and leave as soon as the response stages let them go. The
 * last of them waits until the outcome is durable.
 */
import { GatewayError, toGatewayError } from '../errors.ts'
import { StreamMac } from '../enforce/mac.ts'
import { callerHeaders } from '../http/headers.ts'
import { Outlet } from '../http/outlet.ts'
import { abortError, sendError } from '../http/transport.ts'
import type { AnswerEvent, AnswerFilter, FilterStep, StreamDecision } from '../pipeline/stream.ts'
import type { AnswerStream } from '../protocol/contract.ts'
import { schemaOf } from './answer.ts'
import { bodyKey } from './body-key.ts'
import type { Exchange } from './exchange.ts'
import { answerHeaders, endOf, errorRelease, failure, finish, finishWhole, resultOf } from './finish.ts'
import type { LiveAnswer } from './forward.ts'
import { estimatedUsage } from './usage.ts'

/** Milliseconds without a byte for the caller after which one is sent that says nothing. */
export const keepAliveMs = 15_000

/** What is known at the end of a stream alone. */
const trailerNames = ['sallyport-redactions', 'sallyport-answer-classification'] as const

/** Never throws: whatever fails is an outcome on record. */
export async function relayStream (x: Exchange, live: LiveAnswer): Promise<void> {
  const relay = new Relay(x, live)
  const error = await relay.run()
  live.close(isOfUpstream(error) || x.signal.aborted ? error : null)
  if (error !== null && !relay.hasBegun && error.code !== 'GW_RESPONSE_BLOCKED') {
    if (error.code.startsWith('GW_RESPONSE_')) relay.note()
    await finishWhole(x, endOf(x, error), errorRelease(x, error))
    return
  }
  const tail = relay.tail(error)
  relay.note()
  await finish(x, resultOf(x, error === null ? 'ok' : endOf(x, error)), live.status, () => { relay.letGo(tail) })
}

function isOfUpstream (error: GatewayError | null): boolean {
  return error?.code.startsWith('GW_UPSTREAM_') === true
}

class Relay {
  readonly #x: Exchange
  readonly #live: LiveAnswer
  readonly #stream: AnswerStream
  readonly #outlet: Outlet
  readonly #mac: StreamMac
  #filters: readonly AnswerFilter[] = []
  /** What may leave with the next write, and what waits for the end. */
  #ready: Uint8Array[] = []
  readonly #held: Uint8Array[] = []
  #last: AnswerEvent | null = null
  #isOver = false
  #isBlocked = false
  #lastSentMs = performance.now()
  /** Of text that came so far: what a stream used that was cut off, or never says. */
  #answerBytes = 0

  constructor (x: Exchange, live: LiveAnswer) {
    this.#x = x
    this.#live = live
    this.#stream = live.reading
    this.#outlet = new Outlet(x.reply)
    this.#mac = new StreamMac(bodyKey(x))
    live.stream.on('error', () => {}) // told where it is read; until then it may fail as it likes
  }

  get hasBegun (): boolean {
    return this.#outlet.hasBegun
  }

  /** Answers null where the stream came to its proper end and all of it was let go but what is held. */
  async run (): Promise<GatewayError | null> {
    const beat = setInterval(() => { this.#keepAlive() }, keepAliveMs / 3).unref()
    try {
      await this.#open()
      await this.#read()
      return this.#isBlocked ? new GatewayError('GW_RESPONSE_BLOCKED', { reasons: this.#decision()?.reasons ?? [] }) : null
    } catch (thrown) {
      return failure(this.#x, this.#x.signal.aborted ? abortError(this.#x.signal) : toGatewayError(thrown, 'GW_UPSTREAM_FAILED'))
    } finally {
      clearInterval(beat)
      this.#x.usage ??= estimatedUsage(this.#x, this.#answerBytes)
      this.#isOver = true
      this.#live.stream.destroy()
    }
  }

  async #open (): Promise<void> {
    const { run, route, signal } = this.#x
    const schema = schemaOf(this.#x)
    run.facts.answer = { status: this.#live.status, lanes: [], finish: null, tools: [], unscanned: [], bytes: 0, stream: true, ...schema === null ? {} : { schema } }
    const filters: AnswerFilter[] = []
    for (const ready of route.pipeline.response) filters.push(await run.filter(ready, this.#stream, signal))
    this.#filters = filters
  }

  /** Takes the endpoint's bytes as they come; what takes no time costs no promise. While something is waited for, none are read. */
  async #read (): Promise<void> {
    const { stream } = this.#live
    const { signal } = this.#x
    await new Promise<void>((resolve, reject) => {
      let busy: Promise<void> | undefined
      const fail = (thrown: unknown): void => {
        signal.removeEventListener('abort', gone)
        reject(toGatewayError(thrown, 'GW_INTERNAL'))
      }
      const gone = (): void => { fail(abortError(signal)) }
      const take = (bytes: Buffer): void => {
        try {
          busy = this.#take(bytes)
        } catch (thrown) {
          return fail(thrown)
        }
        if (this.#isBlocked) return done()
        if (busy === undefined) return
        stream.pause()
        busy.then(() => {
          busy = undefined
          if (this.#isBlocked) done()
          else stream.resume()
        }, fail)
      }
      const done = (): void => {
        signal.removeEventListener('abort', gone)
        resolve()
      }
      if (signal.aborted) return gone()
      signal.addEventListener('abort', gone, { once: true })
      stream.on('data', take)
      stream.on('end', () => { Promise.resolve(busy).then(async () => { await this.#end() }).then(done, fail) })
      stream.on('error', (thrown: Error) => { fail(sendError(thrown)) })
      stream.on('close', () => { if (!stream.readableEnded && !this.#isOver) fail(new GatewayError('GW_UPSTREAM_FAILED')) })
    })
  }

  #take (bytes: Buffer): Promise<void> | undefined {
    const events = this.#stream.push(bytes)
    this.#count(events)
    const waiting = this.#pass(events, 0)
    return waiting === undefined ? this.#flush() : waiting.then(async () => { await this.#flush() })
  }

  async #end (): Promise<void> {
    if (this.#isBlocked) return
    const events = this.#stream.end()
    this.#count(events)
    await this.#pass(events, 0)
    for (const [stage, filter] of this.#filters.entries()) {
      if (!this.#isBlocked) await this.#after(await filter.finish(), stage)
    }
  }

  #count (events: readonly AnswerEvent[]): void {
    for (const { usage, pieces } of events) {
      if (usage !== null) this.#x.usage = usage
      else for (const piece of pieces) if (piece.role === 'next') this.#answerBytes += Buffer.byteLength(piece.text)
    }
  }

  /** Hands events to a stage, and on to the next what it lets go. */
  #pass (events: readonly AnswerEvent[], stage: number): Promise<void> | undefined {
    const filter = this.#filters[stage]
    if (filter === undefined) return this.#release(events)
    for (const [index, event] of events.entries()) {
      if (this.#isBlocked) return undefined
      const step = filter.take(event)
      const waiting = step instanceof Promise ? step.then(async told => { await this.#after(told, stage) }) : this.#after(step, stage)
      if (waiting !== undefined) return waiting.then(async () => { await this.#pass(events.slice(index + 1), stage) })
    }
    return undefined
  }

  #after ({ events, isBlocked }: FilterStep, stage: number): Promise<void> | undefined {
    const waiting = events.length === 0 ? undefined : this.#pass(events, stage + 1)
    if (waiting !== undefined) return waiting.then(() => { this.#isBlocked ||= isBlocked })
    this.#isBlocked ||= isBlocked
    return undefined
  }

  /** From the terminal event on everything waits for the outcome. */
  #release (events: readonly AnswerEvent[]): undefined {
    for (const event of events) {
      this.#last = event
      if (event.mark === 'terminal' || this.#held.length > 0) this.#held.push(event.bytes)
      else this.#ready.push(event.bytes)
    }
  }

  #flush (): Promise<void> | undefined {
    if (this.#ready.length === 0 || this.#isBlocked) return undefined
    const [first] = this.#ready
    const bytes = first !== undefined && this.#ready.length === 1 ? first : Buffer.concat(this.#ready)
    this.#ready = []
    return this.#send(bytes)
  }

  #send (bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#outlet.hasBegun) this.#begin()
    this.#mac.update(bytes)
    this.#lastSentMs = performance.now()
    return this.#outlet.write(bytes)
  }

  #begin (): void {
    const headers = this.#filters.reduce((all, filter) => ({ ...all, ...filter.headers }), callerHeaders(this.#live.headers))
    const trailer: Record<string, string> = this.#takesTrailers() ? { trailer: trailerNames.join(', ') } : {}
    this.#outlet.begin(this.#live.status, { ...answerHeaders(this.#x, headers), ...trailer })
  }

  #keepAlive (): void {
    if (this.#filters.length === 0 || performance.now() - this.#lastSentMs < keepAliveMs) return
    const bytes = this.#stream.keepAlive()
    if (bytes !== null) this.#send(bytes)?.catch(() => {}) // never rejects: a caller who is slow gets nothing more of these
  }

  /** The last bytes of the answer, counted in its MAC: what was let go and not sent, then what was held, or the ending of a stream that has none of its own. */
  tail (error: GatewayError | null): Uint8Array {
    const { signal } = this.#x
    const isGone = signal.aborted && error?.code === 'GW_REQUEST_ABORTED'
    const bytes = isGone ? new Uint8Array(0) : Buffer.concat([...this.#ready, ...error === null ? [this.#remark(), ...this.#held] : [this.#ending(error)]])
    this.#mac.update(bytes)
    return bytes
  }

  /** What was taken out is known at the end alone: a comment says so, where the format has any. */
  #remark (): Uint8Array {
    const { redactions, classification } = this.#decision() ?? { redactions: 0, classification: '' }
    return (redactions === 0 ? null : this.#stream.note(`sallyport redactions=${redactions} classification=${classification}`)) ?? new Uint8Array(0)
  }

  /** Trailers need chunks, and a caller who reads them (RFC 9110, section 6.5.1). */
  #takesTrailers (): boolean {
    const { te = '' } = this.#x.request.headers
    return String(te).split(',').some(coding => coding.trim().toLowerCase() === 'trailers')
  }

  #ending ({ code, callerMessage }: GatewayError): Uint8Array {
    const kind = code === 'GW_RESPONSE_BLOCKED' ? 'blocked' : 'failed'
    return (this.#last ?? this.#stream).ending({ kind, code, message: callerMessage })
  }

  letGo (tail: Uint8Array): void {
    if (this.#x.request.raw.socket.destroyed) return
    if (!this.#outlet.hasBegun) this.#begin()
    const decision = this.#takesTrailers() ? this.#decision() : null
    this.#outlet.end(tail, decision === null ? null : { 'sallyport-redactions': String(decision.redactions), 'sallyport-answer-classification': decision.classification })
  }

  /** Sets what the outcome says of the answer. */
  note (): void {
    const decision = this.#decision()
    if (decision === null) return
    this.#x.response = { ...decision, mac: this.#mac.finish() }
  }

  #decision (): StreamDecision | null {
    const decisions = this.#filters.map(filter => filter.decision())
    return decisions.length === 0 ? null : decisions.reduce(joinDecisions)
  }
}

const effects = ['permit', 'redact', 'block'] as const
const modes = ['observe', 'incremental', 'buffer'] as const

/** Several response stages chain; the strictest effect and all reasons hold. */
function joinDecisions (before: StreamDecision, after: StreamDecision): StreamDecision {
  return {
    decision: stricter(effects, before.decision, after.decision),
    reasons: union(before.reasons, after.reasons),
    redactions: before.redactions + after.redactions,
    marked: union(before.marked, after.marked),
    unscanned: union(before.unscanned, after.unscanned),
    classification: after.classification,
    holdOverflow: before.holdOverflow || after.holdOverflow,
    mode: stricter(modes, before.mode, after.mode)
  }
}

function stricter<T> (order: readonly T[], one: T, other: T): T {
  return order.indexOf(one) > order.indexOf(other) ? one : other
}

function union<T extends string> (one: readonly T[], other: readonly T[]): T[] {
  return [...new Set([...one, ...other])].sort()
}
