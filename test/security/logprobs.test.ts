/** Log probabilities of a form that no API documents: what stood under the names of tokens, but not where tokens stand, passed unjudged. */
import t from 'tap'
import { protocolOf } from '../plugins/protocol/bodies.ts'

const card = '4111 1111 1111 1111'
const token = { token: card, logprob: -0.1, bytes: null }
const bytes = [...Buffer.from(card)]

t.test('a value in log probabilities is judged, whatever their form', async t => {
  const forms: readonly unknown[] = [
    { content: [token] },
    { content: [{ token: 'x', top_logprobs: [{ token: 'y' }, token] }] },
    { content: [{ token: 'x', bytes }] },
    { content: { token: card } },
    { own: { token: card } },
    { own: [{ deep: [token] }] },
    { bytes },
    { own: { bytes } },
    { content: [{ token: [card] }] },
    { content: [{ token: { token: card } }] },
    { tokens: card },
    { tokens: [card] },
    { tokens: [[card]] },
    { tokens: ['x'], own: { tokens: card } },
    { tokens: ['x'], top_logprobs: [{ [card]: -0.1 }] },
    { tokens: ['x'], top_logprobs: { [card]: -0.1 } },
    { tokens: ['x'], top_logprobs: [[{ [card]: -0.1 }]] },
    { tokens: ['x'], top_logprobs: [{ [card]: 'x' }] },
    { top_logprobs: [{ [card]: -0.1 }] },
    [token],
    card
  ]
  for (const [protocol, said] of [['openai.chat', { message: { content: 'x' } }], ['openai.completions', { text: 'x' }]] as const) {
    for (const logprobs of forms) {
      const body = Buffer.from(JSON.stringify({ choices: [{ index: 0, ...said, logprobs }] }))
      const { answer } = protocolOf(protocol).readAnswer({ status: 200, contentType: 'application/json', body, stream: false })
      t.ok(answer.lanes.some(({ text }) => text.includes(card)), `${protocol} ${JSON.stringify(logprobs)}`)
    }
  }
})

t.test('a value spelled over the events of a stream is judged, in every rank', async t => {
  const pieces = ['4111 11', '11 1111', ' 1111']
  const events = pieces.map((piece, at) => ({ choices: [{ index: 0, delta: {}, logprobs: { content: [{ token: at === 1 ? piece : 'x', top_logprobs: [{ token: at === 1 ? piece : 'x' }, { token: piece }] }] } }] }))
  const body = Buffer.from([...events.map(event => JSON.stringify(event)), '[DONE]'].map(data => `data: ${data}\n\n`).join(''))
  const { answer } = protocolOf('openai.chat').readAnswer({ status: 200, contentType: 'text/event-stream', body, stream: true })
  t.ok(answer.lanes.some(({ text }) => text === card))
})
