import t from 'tap'
import { encodingOf, loadedEncoding, openEncoding } from '../../../core/tokens/encoding.ts'

t.test('OpenAI\'s models have the tokenizer that they have, under the names of gateways and of Azure too', async t => {
  const cases: Array<[model: string, encoding: string | null]> = [
    ['gpt-4o', 'o200k_base'], ['gpt-4o-mini-2024-07-18', 'o200k_base'], ['gpt-4.1-nano', 'o200k_base'], ['gpt-5', 'o200k_base'], ['gpt-5.2-pro', 'o200k_base'], ['o3-mini', 'o200k_base'],
    ['gpt-4', 'cl100k_base'], ['gpt-4-0613', 'cl100k_base'], ['gpt-3.5-turbo', 'cl100k_base'], ['gpt-35-turbo', 'cl100k_base'], ['text-embedding-3-small', 'cl100k_base'],
    ['gpt-oss-20b', 'o200k_harmony'], ['openai/gpt-4o', 'o200k_base'],
    ['claude-sonnet-4-5', null], ['llama-3.1-8b', null], ['gpt-neo', null], ['o10', null], ['', null], ['constructor', null], ['test-model', null]
  ]
  for (const [model, encoding] of cases) t.equal(encodingOf(model), encoding, model)
})

t.test('a tokenizer that is not loaded yet is loaded for the next one who asks', async t => {
  t.equal(loadedEncoding('cl100k_base'), null)
  const count = await openEncoding('cl100k_base')
  t.equal(loadedEncoding('cl100k_base'), count)
  t.equal(await openEncoding('cl100k_base'), count)
})

t.test('counts are those of the model', async t => {
  const count = await openEncoding('o200k_base')
  t.equal(count('hello world'), 2)
  t.equal(count('The quick brown fox jumps over the lazy dog.'), 10)
  t.equal(count(''), 0)
})

t.test('what looks like a special token is text, and no error', async t => {
  const count = await openEncoding('o200k_base')
  t.ok(count('<|endoftext|>') > 1)
  t.ok(count('<|im_start|>system<|im_sep|>') > 3)
  t.ok(count('\ud800 half a pair') > 3)
})
