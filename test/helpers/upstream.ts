/**
 * A scripted model endpoint on loopback: records every connection and every byte of every request, and answers what
 * the test's script says, well or badly.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Teardown } from './folder.ts'

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** `process.hrtime.bigint()` when the body was complete. */
  readonly completeAt: bigint
}

/** What the endpoint does with a request. */
export type Step =
  | { readonly kind: 'json', readonly body: unknown, readonly status?: number, readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'bytes', readonly body: string | Uint8Array, readonly status?: number, readonly headers?: Readonly<Record<string, string>> }
  /** Server-sent events; `events` are data texts, framed here. `hold` waits before the event of that index; `closed` is told when the connection is gone before the end. */
  | { readonly kind: 'sse', readonly events: readonly string[], readonly hold?: { readonly before: number, readonly until: Promise<unknown> }, readonly closed?: () => void }
  /** Reads the request, then never answers (`head`), or sends a head and half a body and stops (`body`). */
  | { readonly kind: 'stall', readonly after: 'request' | 'head' }
  /** Resets the connection: after the request, or after a head and half of a body. */
  | { readonly kind: 'cut', readonly after: 'request' | 'head' }
  /** Bytes that are no HTTP. */
  | { readonly kind: 'garbage' }
  | { readonly kind: 'wait', readonly until: Promise<unknown>, readonly then: Step }

/** Picks the step for a request; `index` counts requests from 0. */
export type Script = (request: SeenRequest, index: number) => Step

export interface Upstream {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string
  readonly port: number
  /** Connections accepted so far. */
  readonly connections: () => number
  readonly requests: readonly SeenRequest[]
  /** Bodies of the requests as text. */
  bodies (): readonly string[]
  /** Replaces the script from the next request on. */
  play (script: Script | Step): void
  /** Resolves with the request of that index (from 0) once it is here. */
  request (index: number): Promise<SeenRequest>
  /** Closes the listener: from now on connections are refused. */
  refuse (): Promise<void>
  /** Listens again, on the same port. */
  accept (): Promise<void>
}

/** An OpenAI chat completion that answers `text`. */
export function completion (text: string, extra: Readonly<Record<string, unknown>> = {}): Step {
  return {
    kind: 'json',
    body: {
      id: 'chatcmpl-test',
      object: 'chat.completion',
      created: 1700000000,
      model: 'test-model',
      choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      ...extra
    }
  }
}

/** The same answer as a stream of server-sent events, one chunk a piece. */
export function completionStream (pieces: readonly string[]): Step {
  const chunk = (delta: object, finish: string | null): string => JSON.stringify({
    id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1700000000, model: 'test-model', choices: [{ index: 0, delta, finish_reason: finish }]
  })
  return {
    kind: 'sse',
    events: [chunk({ role: 'assistant', content: '' }, null), ...pieces.map((content) => chunk({ content }, null)), chunk({}, 'stop'), '[DONE]']
  }
}

/** Answers JSON or a stream, as the request asks, with a fixed text. */
export function chatty (text = 'Hello from the test endpoint.'): Script {
  return (request) => /"stream"\s*:\s*true/.test(request.body.toString('utf8'))
    ? completionStream(text.split(/(?<= )/))
    : completion(text)
}

/** Starts an endpoint; it ends with the test. */
export async function startUpstream (t: Teardown, script: Script | Step = chatty()): Promise<Upstream> {
  const endpoint = new ScriptedEndpoint(script)
  await endpoint.accept()
  t.teardown(() => endpoint.refuse())
  return endpoint
}

class ScriptedEndpoint implements Upstream {
  port = 0
  readonly requests: SeenRequest[] = []
  #connections = 0
  #script: Script
  #server: Server | null = null
  readonly #awaited = new Map<number, (request: SeenRequest) => void>()

  constructor (script: Script | Step) {
    this.#script = asScript(script)
  }

  get url (): string { return `http://127.0.0.1:${this.port}/v1` }

  connections = (): number => this.#connections

  bodies (): readonly string[] {
    return this.requests.map((request) => request.body.toString('utf8'))
  }

  play (script: Script | Step): void {
    this.#script = asScript(script)
  }

  async request (index: number): Promise<SeenRequest> {
    const seen = this.requests[index]
    if (seen !== undefined) return seen
    return await new Promise((resolve) => { this.#awaited.set(index, resolve) })
  }

  async accept (): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((request, response) => { this.#serve(request, response).catch(() => { request.socket.destroy() }) })
    server.on('connection', () => { this.#connections++ })
    server.keepAliveTimeout = 60_000
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(this.port, '127.0.0.1', resolve) })
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async refuse (): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => { resolve() }))
  }

  async #serve (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks),
      completeAt: process.hrtime.bigint()
    }
    const index = this.requests.push(seen) - 1
    this.#awaited.get(index)?.(seen)
    await play(this.#script(seen, index), response)
  }
}

function asScript (script: Script | Step): Script {
  return typeof script === 'function' ? script : () => script
}

async function play (step: Step, response: ServerResponse): Promise<void> {
  switch (step.kind) {
    case 'json': return send(response, step.status ?? 200, { 'content-type': 'application/json', ...step.headers }, JSON.stringify(step.body))
    case 'bytes': return send(response, step.status ?? 200, { ...step.headers }, step.body)
    case 'sse': return await sendEvents(response, step)
    case 'stall': return step.after === 'head' ? sendHalf(response) : undefined
    case 'cut': return cut(response, step.after)
    case 'garbage': return endSocket(response.socket, 'BLAH BLAH not http\r\n\r\n')
    case 'wait':
      await step.until
      return await play(step.then, response)
  }
}

function send (response: ServerResponse, status: number, headers: Record<string, string>, body: string | Uint8Array): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) })
  response.end(body)
}

async function sendEvents (response: ServerResponse, step: Extract<Step, { kind: 'sse' }>): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.once('close', () => { if (!response.writableFinished) step.closed?.() })
  for (const [index, data] of step.events.entries()) {
    if (step.hold?.before === index) await step.hold.until
    response.write(`data: ${data}\n\n`)
  }
  response.end()
}

function sendHalf (response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4096' })
  response.write('{"id":"chatcmpl-half","object":"chat.completion","choices":[{"index":0,"mess')
}

function cut (response: ServerResponse, after: 'request' | 'head'): void {
  if (after === 'request') {
    response.socket?.resetAndDestroy()
    return
  }
  sendHalf(response)
  setTimeout(() => { response.socket?.resetAndDestroy() }, 20)
}

function endSocket (socket: Socket | null, text: string): void {
  socket?.end(text)
}
