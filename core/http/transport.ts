/**
 * The transport: @fastify/http-proxy's reply-from, with retries off and no header of the caller's. Below it stands one
 * dispatcher that sends sealed dispatches and nothing else.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import type { EndpointConfig } from '../config/types.ts'
import { isSealed, type Dispatch } from '../enforce/dispatch.ts'
import { GatewayError, type GatewayErrorCode } from '../errors.ts'

const carried = Symbol('dispatch')

export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly stream: Readable
}

type Carrying = Record<string, string> & { [carried]?: { readonly dispatch: Dispatch, readonly signal: AbortSignal } }
type RequestCallback = (error: Error | null, data?: Dispatcher.ResponseData) => void

/** reply-from asks its undici instance for `request` with a callback, and for nothing else. */
interface RequestOnly { request: Dispatcher['request'] }

/** What reply-from takes as its undici instance: it looks up the sealed dispatch and sends that, whatever the options say. */
export const sealedDispatcher = { request: sendSealed } as unknown as RequestOnly

function sendSealed (options: { readonly headers?: unknown }, callback: RequestCallback): void {
  const found = (options.headers as Carrying | undefined)?.[carried]
  if (found === undefined || !isSealed(found.dispatch)) {
    callback(new GatewayError('GW_PLUGIN_CONTRACT_BROKEN'))
    return
  }
  const { dispatch, signal } = found
  dispatch.endpoint.dispatcher.request({ ...dispatchOptions(dispatch), signal }).then(data => { callback(null, data) }, (error: Error) => { callback(error) })
}

/** All that undici is told of a dispatch. */
export function dispatchOptions ({ url, method, headers, body }: Dispatch): Dispatcher.DispatchOptions & { readonly path: string } {
  return { origin: url.origin, path: url.pathname + url.search, method: method as Dispatcher.HttpMethod, headers, body }
}

/** One connection pool an endpoint, with the endpoint's own timeouts. Redirects are never followed. */
export function openDispatcher (endpoint: EndpointConfig): Dispatcher {
  const { connectMs, firstTokenMs, idleMs } = endpoint.timeout
  return new Agent({
    connect: { timeout: connectMs },
    headersTimeout: firstTokenMs,
    bodyTimeout: idleMs,
    pipelining: 1,
    ...(endpoint.limit.concurrent === null ? {} : { connections: endpoint.limit.concurrent })
  })
}

/** Sends one dispatch. Rejects with GatewayError for whatever keeps an answer's head from arriving. */
export async function send (reply: FastifyReply, dispatch: Dispatch, signal: AbortSignal): Promise<UpstreamAnswer> {
  return await new Promise((resolve, reject) => {
    const gone = (): void => { reject(abortError(signal)) }
    if (signal.aborted) return gone()
    signal.addEventListener('abort', gone, { once: true })
    reply.from('/', {
      getUpstream: () => dispatch.url.origin,
      queryString: () => '',
      rewriteRequestHeaders: () => ({ [carried]: { dispatch, signal } }),
      rewriteHeaders: () => ({}),
      retryDelay: () => null,
      onResponse: (_request, _reply, answer) => {
        signal.removeEventListener('abort', gone)
        const { statusCode, headers, stream } = answer as unknown as { statusCode: number, headers: IncomingHttpHeaders, stream: Readable }
        resolve({ status: statusCode, headers, stream })
      },
      onError: (_reply, { error }) => {
        signal.removeEventListener('abort', gone)
        reject(signal.aborted ? abortError(signal) : sendError(error))
      }
    })
  })
}

/** What aborted a request: the caller, or the time for the whole of it. */
export function abortError (signal: AbortSignal): GatewayError {
  return signal.reason instanceof GatewayError ? signal.reason : new GatewayError('GW_REQUEST_ABORTED')
}

const timeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
/** Headers too large, a body of another length than was said. */
const unreadable: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** An error of the transport as one of ours: its text names addresses and stays in the cause. */
export function sendError (thrown: unknown): GatewayError {
  const ours = findCause(thrown, cause => cause instanceof GatewayError)
  if (ours instanceof GatewayError) return ours
  return new GatewayError(codeOf(thrown), { cause: thrown })
}

/** An endpoint that sent what is no answer has read the request all the same. */
function codeOf (thrown: unknown): GatewayErrorCode {
  const has = (codes: ReadonlySet<string>): boolean => findCause(thrown, cause => cause instanceof Error && 'code' in cause && codes.has(String(cause.code))) !== null
  if (has(timeouts)) return 'GW_UPSTREAM_TIMEOUT'
  const isNoHttp = findCause(thrown, cause => cause instanceof Error && cause.name === 'HTTPParserError') !== null
  return isNoHttp || has(unreadable) ? 'GW_UPSTREAM_BAD_RESPONSE' : 'GW_UPSTREAM_FAILED'
}

function findCause (thrown: unknown, wanted: (cause: unknown) => boolean): unknown {
  for (let cause = thrown, depth = 0; cause !== undefined && depth < 5; depth++) {
    if (wanted(cause)) return cause
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return null
}
