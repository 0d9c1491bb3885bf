/** Structured outputs are held to the schema that their request asked for. */
import t from 'tap'
import { OutputChecks } from '../../../../plugins/response/filter/output.ts'
import { anthropicMessages } from '../../../../plugins/protocol/anthropic-messages/index.ts'
import { ollama } from '../../../../plugins/protocol/ollama/index.ts'
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import { openaiResponses } from '../../../../plugins/protocol/openai-responses/index.ts'
import type { Protocol, RawRequest } from '../../../../core/protocol/contract.ts'
import { laneOf, run } from './parts.ts'
import { openDialect, pieces } from './said.ts'
import { dialects } from './streams.ts'
import { streamThrough } from './streaming.ts'

const person = { type: 'object', properties: { name: { type: 'string', pattern: '^[A-Z]' }, age: { $ref: '#/$defs/age' } }, required: ['name', 'age'], additionalProperties: false, $defs: { age: { type: 'integer', minimum: 0 } } }
const schema = JSON.stringify(person)

function labelOf (source: string, text: string): string | null {
  return new OutputChecks().of(source)?.(text) ?? null
}

t.test('what holds to the schema is fine; what does not, is another thing than no JSON', async t => {
  t.equal(labelOf(schema, '{"name":"Jane","age":4}'), null)
  for (const text of ['{"name":"jane","age":4}', '{"name":"Jane"}', '{"name":"Jane","age":-1}', '{"name":"Jane","age":4,"more":1}', '[]']) t.equal(labelOf(schema, text), 'output.mismatch', text)
  for (const text of ['{"name":"Jane","age":', 'Sure! {"name":"Jane","age":4}', '']) t.equal(labelOf(schema, text), 'output.malformed', text)
})

t.test('a schema that cannot be used is said to be so', async t => {
  const unusable = ['', '7', '{"$ref":"https://evil.example/schema"}', '{"type":"nonsense"}', '{"pattern":"(a"}', '{"pattern":"(?=a)"}', JSON.stringify({ enum: ['x'.repeat(70_000)] })]
  for (const source of unusable) t.equal(labelOf(source, '{}'), 'output.unchecked', source.slice(0, 50))
  t.equal(labelOf('{"$schema":"http://json-schema.org/draft-07/schema#","$id":"https://a.example/x","type":"object"}', '{}'), null)
})

t.test('two expressions of one schema are two', async t => {
  const source = '{"properties":{"a":{"pattern":"^x"},"b":{"pattern":"^y"}}}'
  t.equal(labelOf(source, '{"a":"x","b":"y"}'), null)
  t.equal(labelOf(source, '{"a":"x","b":"x"}'), 'output.mismatch')
})

t.test('an expression of a caller runs in linear time', async t => {
  t.equal(labelOf('{"type":"string","pattern":"^(a+)+$"}', JSON.stringify(`${'a'.repeat(5000)}!`)), 'output.mismatch')
})

t.test('nothing nested takes the check down', async t => {
  const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`
  t.equal(labelOf('{"$defs":{"x":{"properties":{"a":{"$ref":"#/$defs/x"}}}},"$ref":"#/$defs/x"}', deep) === null, false)
})

const config = { check_output_schema: true }

async function askedOf (text: string, given: { readonly config?: object, readonly schema?: string }): Promise<string> {
  const answer = given.schema === undefined ? { lanes: [laneOf(text)] } : { lanes: [laneOf(text)], schema: given.schema }
  return JSON.stringify((await run({ answer, ...given.config === undefined ? {} : { config: given.config } })).inputs.at(-1))
}

t.test('the policy hears of it as a label, where checks are asked for', async t => {
  t.match(await askedOf('{"name":4}', { config, schema }), '"output.mismatch"')
  t.notMatch(await askedOf('{"name":4}', { schema }), /output\./)
  t.notMatch(await askedOf('{"name":4}', { config }), /output\./)
})

t.test('a redaction of everything does not take the whole text out for its form', async t => {
  const { result } = await run({ config, answer: { lanes: [laneOf('{"name":4}')], schema }, judgement: { effect: 'redact', redactions: [{ labels: ['*'], operator: 'replace' }] } })
  t.match(result, { facts: { response: { decision: 'permit', edits: [] } } })
})

for (const dialect of dialects.filter(({ protocol }) => protocol.name !== 'openai.completions')) {
  t.test(`a stream of ${dialect.protocol.name} is checked when its text is over, and held for it where the policy says so`, async t => {
    for (const [text, isWrong] of [['{"name":"Jane","age":4}', false], ['{"name":"Jane","age":"4"}', true]] as const) {
      const body = dialect.build({ reasoning: [], text: pieces(text, [3, 9, 14]), call: [], order: [] }, '\n')
      const judge = (input: Readonly<Record<string, unknown>>): { effect: 'block' | 'permit' } => ({ effect: JSON.stringify(input['classification']).includes('output.mismatch') ? 'block' : 'permit' })
      const obligations = [{ id: 'whole', type: 'response_mode', parameters: { mode: 'buffer' } }] as const
      const { bytes, isBlocked } = await streamThrough({ stream: openDialect(dialect), pieces: [body], judge, obligations, config, schema })
      t.equal(isBlocked, isWrong, text)
      t.equal(bytes.toString().includes('Jane'), !isWrong)
    }
  })
}

t.test('each dialect knows where its requests have a schema', async t => {
  const cases: ReadonlyArray<readonly [Protocol, object]> = [
    [openaiChat, { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: person } } }],
    [openaiResponses, { text: { format: { type: 'json_schema', name: 'x', schema: person } } }],
    [anthropicMessages, { output_config: { format: { type: 'json_schema', schema: person } } }],
    [anthropicMessages, { output_format: { type: 'json_schema', schema: person } }],
    [ollama, { format: person }]
  ]
  for (const [protocol, members] of cases) {
    const request = (body: object): RawRequest => ({ body: Buffer.from(` ${JSON.stringify(body)}`) } as Partial<RawRequest> as RawRequest)
    t.equal(protocol.outputSchema?.(request({ model: 'm', ...members })), schema, protocol.name)
    t.equal(protocol.outputSchema?.(request({ model: 'm' })), null, protocol.name)
  }
})
