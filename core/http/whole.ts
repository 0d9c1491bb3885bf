/**
 * The buffered door: sends a sealed dispatch and holds its whole answer, chunk by chunk as the parser hands them over, with no
 * stream between. Measured at about half the cost of a stream through reply-from; for answers that nobody asked for as streams.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { isSealed, type Dispatch } from '../enforce/dispatch.ts'
import { GatewayError } from '../errors.ts'
import { abortError, dispatchOptions, sendError } from './transport.ts'

export interface WholeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface WholeOptions {
  /** The largest answer that is held. */
  readonly limitBytes: number
  /** Told the status as soon as the head has arrived. Where it answers false the body is not waited for: it comes out empty. */
  head (status: number): boolean
}

/** What is read and dropped of a body that nobody wants, so that its connection can serve again. */
const droppedBytes = 64 * 1024

/** Rejects with GatewayError (`GW_UPSTREAM_*`, or what aborted the signal) for whatever keeps a whole answer from arriving. */
export async function sendWhole (dispatch: Dispatch, signal: AbortSignal, options: WholeOptions): Promise<WholeAnswer> {
  if (!isSealed(dispatch)) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
  if (signal.aborted) throw abortError(signal)
  return await new Promise((resolve, reject) => {
    const holder = new Holder(signal, options, resolve, reject)
    dispatch.endpoint.dispatcher.dispatch(dispatchOptions(dispatch), holder)
  })
}

/** What undici calls while an answer arrives. */
class Holder implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal
  readonly #options: WholeOptions
  readonly #resolve: (answer: WholeAnswer) => void
  readonly #reject: (error: GatewayError) => void
  readonly #gone = (): void => { this.#fail(abortError(this.#signal)) }
  readonly #chunks: Buffer[] = []
  #limitBytes: number
  #length = 0
  #isSettled = false
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #controller: Dispatcher.DispatchController | null = null

  constructor (signal: AbortSignal, options: WholeOptions, resolve: (answer: WholeAnswer) => void, reject: (error: GatewayError) => void) {
    this.#signal = signal
    this.#options = options
    this.#limitBytes = options.limitBytes
    this.#resolve = resolve
    this.#reject = reject
    signal.addEventListener('abort', this.#gone, { once: true })
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) controller.abort(abortError(this.#signal))
  }

  onResponseStart (_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return // an interim answer (RFC 9110 section 15.2): the final one follows
    this.#status = status
    this.#headers = headers
    if (this.#options.head(status)) return
    this.#limitBytes = droppedBytes
    this.#settle(Buffer.alloc(0))
  }

  onResponseData (_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length > this.#limitBytes) this.#fail(new GatewayError('GW_UPSTREAM_BAD_RESPONSE'))
    else if (!this.#isSettled) this.#chunks.push(chunk)
  }

  onResponseEnd (): void {
    const [first] = this.#chunks
    this.#settle(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#length))
  }

  onResponseError (_controller: Dispatcher.DispatchController, error: Error): void {
    this.#forget()
    this.#reject(sendError(error))
  }

  #fail (error: GatewayError): void {
    this.#forget()
    this.#reject(error)
    this.#controller?.abort(error)
  }

  #settle (body: Buffer): void {
    this.#forget()
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  #forget (): void {
    this.#isSettled = true
    this.#signal.removeEventListener('abort', this.#gone)
  }
}
