/** The visible mark: behind what is said, in whole answers and in streams of every dialect, and nowhere else. */
import t from 'tap'
import { edited, obligation, run } from './parts.ts'
import { openDialect, readDialect, saidBy } from './said.ts'
import { dialects, type Said } from './streams.ts'
import { cutBytes, heldWhole, redactAll, streamThrough } from './streaming.ts'

const suffix = ' (made by a machine)'
const config = { marks: { eu_marker: { suffix } } }
const obligations = [obligation('mark', { mode: 'machine-generated' }, 'eu_marker')]

async function whole (text: string, outputFormat: 'json_object' | null = null): Promise<string> {
  return edited(text, await run({ texts: [text], config, decision: { obligations }, outputFormat }))
}

t.test('a whole text gets it', async t => {
  t.equal(await whole('Hello there.'), `Hello there.${suffix}`)
  t.equal(await whole('A smile 😀'), `A smile 😀${suffix}`)
  t.equal(await whole('See:\n```ts\nlet x\n```'), `See:\n\`\`\`ts\nlet x\n\`\`\`${suffix}`)
})

t.test('code that is not closed, JSON, and nothing at all do not', async t => {
  for (const text of ['See:\n```ts\nlet x', '~~~\n```\n', '{"a":1}', ' [1, 2]', '  \n']) t.equal(await whole(text), text)
  t.equal(await whole('true, and more', 'json_object'), 'true, and more')
})

t.test('a mark without a suffix of its own adds nothing', async t => {
  t.equal(edited('Hello', await run({ texts: ['Hello'], config, decision: { obligations: [obligation('mark', {}, 'another')] } })), 'Hello')
})

const mail = ['write to jane', '.roe@exam', 'ple.com']
const cases: ReadonlyArray<readonly [name: string, said: Said]> = [
  ['a text', { reasoning: [], text: ['Hello', ' there.'], call: [], order: [] }],
  ['a text that ends with a value taken out', { reasoning: ['hm'], text: mail, call: [], order: [] }],
  ['a text and a call', { reasoning: [], text: ['Hello', ' there.'], call: ['{"to":', '"me"}'], order: [1, 2, 1, 2] }],
  ['code that is not closed', { reasoning: [], text: ['``', '`ts\nlet', ' x'], call: [], order: [] }],
  ['nothing but a call', { reasoning: [], text: [], call: ['{"to":"me"}'], order: [] }]
]

for (const dialect of dialects) {
  t.test(`a stream of ${dialect.protocol.name} gets it where the whole would`, async t => {
    for (const [name, said] of cases) {
      const body = dialect.build(said, '\n')
      const given = { judge: redactAll, obligations, config }
      const streamed = await streamThrough({ ...given, stream: openDialect(dialect), pieces: cutBytes(body, Array.from({ length: 200 }, (_, place) => place * 61)) })
      const held = await heldWhole(all => readDialect(dialect, all), body, undefined, given)
      t.strictSame(saidBy(dialect, streamed.bytes), saidBy(dialect, held), name)
      t.equal(streamed.bytes.toString().includes('made by a machine'), said.text.length > 0 && name !== 'code that is not closed', name)
      t.strictSame(streamed.decision.marked, ['eu_marker'])
    }
  })
}

t.test('a text that goes on from block to block gets it once, at its end', async t => {
  const dialect = dialects.find(({ protocol }) => protocol.name === 'anthropic.messages')
  if (dialect === undefined) throw new Error('there is no such dialect')
  const event = (type: string, members: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
  const block = (index: number, text: string): string => event('content_block_start', { index, content_block: { type: 'text', text: '' } }) +
    event('content_block_delta', { index, delta: { type: 'text_delta', text } }) + event('content_block_stop', { index })
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } }
  const end = event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } }) + event('message_stop', {})
  const body = Buffer.from(event('message_start', { message }) + block(0, 'The sky ') + block(1, 'is blue.') + end)
  const { bytes } = await streamThrough({ stream: openDialect(dialect), pieces: [body], obligations, config })
  t.equal(bytes.toString().split('made by a machine').length, 2)
  t.strictSame(saidBy(dialect, bytes), ['field id: msg_1', 'field model: claude', 'text content/0/text: The sky ', `text content/1/text: is blue.${suffix}`])
})

t.test('JSON asked for gets none in a stream either', async t => {
  const [dialect] = dialects
  if (dialect === undefined) throw new Error('there is no dialect')
  const body = dialect.build({ reasoning: [], text: ['yes'], call: [], order: [] }, '\n')
  const { bytes } = await streamThrough({ stream: openDialect(dialect), pieces: [body], obligations, config, outputFormat: 'json_schema' })
  t.equal(bytes.toString(), body.toString())
})
