/** The demo's model endpoint: speaks OpenAI chat completions on loopback, and answers what it was sent. */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'

interface ChatBody {
  readonly model?: unknown
  readonly messages?: unknown
  readonly stream?: unknown
  readonly stream_options?: unknown
}

export interface DemoModel {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string
  close (): Promise<void>
}

/** Starts the endpoint on a free port of loopback. */
export async function startDemoModel (): Promise<DemoModel> {
  const server = fastify({ logger: false })
  server.post('/v1/chat/completions', async (request, reply) => await answer(request.body as ChatBody, reply))
  return { url: `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1`, close: () => closeNow(server) }
}

async function closeNow (server: FastifyInstance): Promise<void> {
  server.server.closeAllConnections()
  await server.close()
}

async function answer (body: ChatBody, reply: FastifyReply): Promise<unknown> {
  const prompt = lastUserText(body.messages)
  const text = `The demo model received: ${prompt}`
  const usage = usageOf(prompt, text)
  if (body.stream !== true) return completion(body, text, usage)
  reply.header('content-type', 'text/event-stream')
  return await reply.send(events(body, text, usage))
}

function lastUserText (messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  const last: unknown = messages.findLast((message) => isObject(message) && message['role'] === 'user')
  return isObject(last) ? textOf(last['content']) : ''
}

function textOf (content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: unknown) => isObject(part) && typeof part['text'] === 'string' ? part['text'] : '').join('')
}

function completion (body: ChatBody, text: string, usage: object): unknown {
  return {
    ...identity(body, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage
  }
}

function events (body: ChatBody, text: string, usage: object): string {
  const chunk = (delta: object, finish: string | null): object => ({
    ...identity(body, 'chat.completion.chunk'), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }]
  })
  const chunks = [
    chunk({ role: 'assistant', content: '' }, null),
    ...text.split(/(?<= )/).map((content) => chunk({ content }, null)),
    chunk({}, 'stop'),
    ...(wantsUsage(body) ? [{ ...identity(body, 'chat.completion.chunk'), choices: [], usage }] : [])
  ]
  return [...chunks.map((item) => JSON.stringify(item)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('')
}

function wantsUsage (body: ChatBody): boolean {
  return isObject(body.stream_options) && body.stream_options['include_usage'] === true
}

function identity (body: ChatBody, object: string): object {
  return { id: 'chatcmpl-demo', object, created: Math.floor(Date.now() / 1000), model: typeof body.model === 'string' ? body.model : 'demo' }
}

/** Four characters a token: near enough for a demo. */
function usageOf (prompt: string, text: string): object {
  const input = Math.ceil(prompt.length / 4)
  const output = Math.ceil(text.length / 4)
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
