/** Megabytes of base64 in lines, in one text: an expression over all lines at once ran out of stack, and the request ended in an error of none of ours. */
import t from 'tap'
import { openaiChat } from '../../plugins/protocol/openai-chat/index.ts'
import { rawRequest } from '../plugins/protocol/bodies.ts'

const content = (text: string): ReturnType<typeof openaiChat.read> => openaiChat.read(rawRequest('/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content: text }] }))

t.test('base64 in very many lines is listed as bytes, or read as the text that it is', async t => {
  const bytes = `${'A'.repeat(76)}\r\n`.repeat(100_000)
  t.same(content(bytes).unscanned.map(({ kind }) => kind), ['binary'])
  t.same(content(`${bytes}!`).unscanned, [], 'what is no base64 is text')
  const text = 'a card of 4111 1111 1111 1111. '.repeat(90_000)
  const wrapped = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n')
  const reading = content(wrapped)
  t.same(reading.unscanned, [])
  t.equal(reading.leaves.at(-1)?.text, text)
})
