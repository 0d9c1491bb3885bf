/** An endpoint that finds a request too long for it, or filters it, says so in its dialect's words: another endpoint may take it. */
import t from 'tap'
import { protocolOf } from './bodies.ts'

const refusalOf = (name: string, status: number, body: unknown): string | null => protocolOf(name).refusal?.({ status, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }) ?? null

t.test('what endpoints say of a request that is too long, or filtered', async t => {
  const cases: Array<[protocol: string, status: number, body: unknown, refusal: string | null]> = [
    ['openai.chat', 400, { error: { message: 'This model\'s maximum context length is 8192 tokens.', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } }, 'context_length'],
    ['openai.chat', 400, { error: { message: 'The response was filtered', type: null, param: 'prompt', code: 'content_filter', status: 400, innererror: { code: 'ResponsibleAIPolicyViolation' } } }, 'content_filter'],
    ['openai.chat', 400, { object: 'error', message: 'This model\'s maximum context length is 4096 tokens. However, you requested 5000 tokens.', type: 'BadRequestError', code: 400 }, 'context_length'],
    ['openai.chat', 400, { error: { code: 400, message: 'the request exceeds the available context size', type: 'exceed_context_size_error' } }, 'context_length'],
    ['openai.responses', 400, { error: { message: 'Your input exceeds the context window of this model.', type: 'invalid_request_error', code: 'context_length_exceeded' } }, 'context_length'],
    ['openai.completions', 400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context_length'],
    ['openai.embeddings', 400, { error: { message: 'This model\'s maximum context length is 8192 tokens, however you requested 9000 tokens.', type: 'invalid_request_error', code: null } }, 'context_length'],
    ['anthropic.messages', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 213462 tokens > 200000 maximum' } }, 'context_length'],
    ['anthropic.messages', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000' } }, 'context_length'],
    ['ollama', 400, { error: 'the input length exceeds the context length' }, 'context_length'],
    ['openai.chat', 400, { error: { message: 'temperature is too high', code: null } }, null],
    ['anthropic.messages', 429, { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }, null],
    ['openai.chat', 500, { error: { code: 'context_length_exceeded' } }, null],
    ['openai.chat', 200, { error: { code: 'context_length_exceeded' } }, null],
    ['openai.chat', 400, 'no JSON', null],
    ['openai.chat', 400, `{"error":{"code":"context_length_exceeded","x":"${'x'.repeat(70_000)}"}}`, null]
  ]
  for (const [protocol, status, body, refusal] of cases) t.equal(refusalOf(protocol, status, body), refusal, `${protocol} ${JSON.stringify(body).slice(0, 80)}`)
})
