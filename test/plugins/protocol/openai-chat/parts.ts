/** Requests and answers of the dialect as tests write them. */
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import type { AnswerReading, RawRequest, RequestReading } from '../../../../core/protocol/contract.ts'

export function rawRequest (body: unknown, more: Partial<RawRequest> = {}): RawRequest {
  const path = '/v1/chat/completions'
  return {
    method: 'POST',
    path,
    query: '',
    route: path,
    stripPrefix: false,
    contentType: 'application/json',
    contentEncoding: null,
    accept: null,
    headers: [],
    body: body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...more
  }
}

/** A chat request with these fields added. */
export function chatBody (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...more }
}

export function readChat (more: Readonly<Record<string, unknown>> = {}): RequestReading {
  return openaiChat.read(rawRequest(chatBody(more)))
}

export function completionOf (message: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1700000000,
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: null, ...message }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    ...more
  }
}

export function readJsonAnswer (body: unknown, status = 200): AnswerReading {
  return openaiChat.readAnswer({ status, contentType: 'application/json', body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), stream: false })
}

/** A chunk with one choice. */
export function chunkOf (delta: Readonly<Record<string, unknown>>, finish: string | null = null, index = 0): Record<string, unknown> {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model: 'gpt-4o', choices: [{ index, delta, finish_reason: finish }] }
}

/** A stream of these chunks (objects, or data texts), with its end. */
export function streamOf (chunks: readonly unknown[], end = '\n'): Buffer {
  const data = [...chunks.map(chunk => typeof chunk === 'string' ? chunk : JSON.stringify(chunk)), '[DONE]']
  return Buffer.from(data.map(text => `data: ${text}${end}${end}`).join(''))
}

export function readStreamAnswer (body: Uint8Array): AnswerReading {
  return openaiChat.readAnswer({ status: 200, contentType: 'text/event-stream; charset=utf-8', body, stream: true })
}

/** What clients put together of a stream: the content of each choice, by index. */
export function contentsOf (body: Uint8Array): string[] {
  const contents: string[] = []
  for (const line of Buffer.from(body).toString('utf8').split(/\r\n|\n|\r/)) {
    if (!line.startsWith('data: {')) continue
    const chunk = JSON.parse(line.slice(6)) as { choices: Array<{ index: number, delta: { content?: string | null } }> }
    for (const { index, delta } of chunk.choices) contents[index] = (contents[index] ?? '') + (delta.content ?? '')
  }
  return contents
}

/** All texts that detectors get of an answer. */
export function judged ({ answer }: AnswerReading): string {
  return answer.lanes.map(({ text }) => text).join('\n')
}
