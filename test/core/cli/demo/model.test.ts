import OpenAI from 'openai'
import t from 'tap'
import { startDemoModel } from '../../../../core/cli/demo/model.ts'

t.test('the demo model speaks OpenAI chat completions', async (t) => {
  const model = await startDemoModel()
  t.teardown(() => model.close())
  const client = new OpenAI({ baseURL: model.url, apiKey: 'none', maxRetries: 0 })

  await t.test('it answers with what it received, the last user message alone', async (t) => {
    const answer = await client.chat.completions.create({
      model: 'm', messages: [{ role: 'user', content: 'first' }, { role: 'assistant', content: 'a' }, { role: 'user', content: 'second' }]
    })
    t.equal(answer.choices[0]?.message.content, 'The demo model received: second')
    t.equal(answer.model, 'm')
  })

  await t.test('it reads content that comes in parts', async (t) => {
    const answer = await client.chat.completions.create({
      model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'one ' }, { type: 'text', text: 'two' }] }]
    })
    t.equal(answer.choices[0]?.message.content, 'The demo model received: one two')
  })

  await t.test('a stream carries the same text, and usage where it is asked for', async (t) => {
    const stream = await client.chat.completions.create({
      model: 'm', messages: [{ role: 'user', content: 'in pieces please' }], stream: true, stream_options: { include_usage: true }
    })
    let text = ''
    let total = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      total = chunk.usage?.total_tokens ?? total
    }
    t.equal(text, 'The demo model received: in pieces please')
    t.ok(total > 0)
  })

  await t.test('it answers the same request the same way', async (t) => {
    const ask = async (): Promise<unknown> => (await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] })).choices
    t.same(await ask(), await ask())
  })

  await t.test('a body that is no chat gets an answer, not a crash', async (t) => {
    const answer = await fetch(`${model.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"messages":[1,null]}' })
    t.equal(answer.status, 200)
  })
})
