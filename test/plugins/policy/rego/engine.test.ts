import fc from 'fast-check'
import t from 'tap'
import { buildPolicy } from '../../../../rego/bundle.ts'
import { withCompiler } from '../../../../rego/compile.ts'
import { entrypoints, libraryModules } from '../../../../rego/library.ts'
import { EvaluationError, openEngine, type Engine } from '../../../../plugins/policy/rego/engine.ts'
import { policyInput } from '../../../../plugins/policy/rego/input.ts'
import { folderWith, gateway, permitAll, rules, view } from './parts.ts'

async function moduleOf (text: string, entrypoint = 'test/answer'): Promise<WebAssembly.Module> {
  const { wasm } = await withCompiler(async compiler => await compiler.build({ modules: [{ path: 'test.rego', text: `package test\n\n${text}` }], entrypoints: [entrypoint] }))
  return new WebAssembly.Module(new Uint8Array(wasm))
}

/** The result, or what kind of error it was. */
function outcome (engine: Engine, inputText: string, entrypoint = 'test/answer'): unknown {
  try {
    return (JSON.parse(engine.evaluate(entrypoint, inputText)) as Array<{ result: unknown }>)[0]?.result
  } catch (thrown) {
    return thrown instanceof EvaluationError ? thrown.kind : `another error: ${String(thrown)}`
  }
}

t.test('what goes wrong within a policy is told apart, and the next evaluation is sound', async t => {
  const engine = openEngine(await moduleOf(`
answer := 1 if input.a == 1

answer := 2 if input.b == 1

answer := count(numbers.range(1, 50000000)) if input.large

answer := echo if echo := input.echo
`), '{}')
  const cases: Array<[name: string, input: string, expected: unknown]> = [
    ['a value', '{"a":1}', 1],
    ['no rule', '{}', 'undefined'],
    ['two values', '{"a":1,"b":1}', 'conflict'],
    ['more memory than there may be', '{"large":true}', 'error'],
    ['input that is cut off', '{"a":1', 'undefined'],
    ['no input', '', 'undefined'],
    ['a null', 'null', 'undefined'],
    ['nesting beyond the stack', `{"echo":${'['.repeat(200_000)}1${']'.repeat(200_000)}}`, 'error'],
    ['a lone surrogate', '{"echo":"\\ud800"}', 'error'],
    ['a NUL', '{"echo":"a\\u0000b"}', 'a\u0000b'],
    ['text beyond the basic plane', '{"echo":"\u{1F600}"}', '\u{1F600}'],
    ['a large integer', '{"echo":9007199254740991}', 9007199254740991],
    ['a key of every object', '{"echo":{"__proto__":1}}', JSON.parse('{"__proto__":1}')],
    ['an input of a megabyte', `{"echo":"${'x'.repeat(1_000_000)}"}`, 'x'.repeat(1_000_000)]
  ]
  for (const [name, input, expected] of cases) {
    t.same(outcome(engine, input), expected, name)
    t.equal(outcome(engine, '{"a":1}'), 1)
  }
  t.equal(outcome(engine, '{}', 'test/other'), 'error', 'an unknown entry point')
})

t.test('memory does not grow from evaluation to evaluation, nor does one leave anything to the next', async t => {
  const engine = openEngine(await moduleOf('answer := [x | some x in input.xs; x > 1]'), '{}')
  const before = process.memoryUsage().arrayBuffers
  for (let round = 0; round < 20_000; round++) engine.evaluate('test/answer', '{"xs":[1,2,3,4,5]}')
  t.ok(process.memoryUsage().arrayBuffers - before < 4_000_000)
  t.same(outcome(engine, '{"xs":[]}'), [])
})

t.test('a module that is no policy, or needs what is not served, is refused or fails', async t => {
  t.throws(() => openEngine(new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), '{}'), EvaluationError)
  const engine = openEngine(await moduleOf('answer := hex.encode(input.a)'), '{}')
  t.equal(outcome(engine, '{"a":"b"}'), 'error')
  const module = await moduleOf('answer := data.a')
  for (const data of ['', '{"a":', 'nothing']) t.throws(() => openEngine(module, data), EvaluationError)
})

t.test('the builtins that the engine serves answer as OPA does', async t => {
  const queries: Array<[builtin: string, argument: unknown]> = [
    ['sprintf("%s is %d, %v %%", ["a", 7, ["x", true, {"b": null, "a": 1.5}]])', null], ['sprintf("%v", [input])', 'text'], ['sprintf("%v", [input])', 12], ['sprintf("%d", [input])', 3],
    ['strings.any_prefix_match(input, ["a", "b"])', ['xa', 'bx']], ['strings.any_prefix_match(input, "z")', 'abc'], ['strings.any_suffix_match(input, {"c"})', 'abc']
  ]
  for (const [query, input] of queries) {
    const engine = openEngine(await moduleOf(`answer := ${query}`), '{}')
    const expected = await withCompiler(async compiler => await compiler.evaluate({ modules: [], query, input }))
    t.same(outcome(engine, JSON.stringify(input)), expected.results[0]?.expressions[0]?.value, query)
  }
  for (const text of ['sprintf("%d", [input])', 'sprintf("%s %s", [input])', 'sprintf("%x", [input])', 'sprintf("a", [input])']) {
    t.equal(outcome(openEngine(await moduleOf(`default answer := "missing"\n\nanswer := ${text}`), '{}'), '"text"'), 'error', `${text} is never passed over`)
  }
})

t.test('the engine answers what OPA\'s interpreter answers', async t => {
  const text = rules(`${permitAll}
redact contains {"labels": ["pii.*", "*.x"], "operator": "mask"}

restrict contains {"id": "home", "endpoints": ["eu"]} if input.subject.tenant == "acme"

forbid contains {"code": concat("_", ["no", input.subject.type])} if input.subject.type != "user"

classify contains "confidential" if count(input.classification.labels) > 1

oblige contains {"id": "m", "type": "mark", "tenant": input.subject.tenant} if input.subject.tenant != null
`)
  const { policy } = await buildPolicy({ dir: folderWith(t, { 'p.rego': text }), gateway })
  if (policy === null) throw new Error('the policy does not build')
  const engine = openEngine(new WebAssembly.Module(new Uint8Array(policy.wasm)), policy.dataText)
  const label = fc.constantFrom('pii.email_address', 'secret.x', 'a.b.x')
  const inputs = fc.record({ type: fc.constantFrom('user', 'agent', 'service'), tenant: fc.constantFrom(null, 'acme', 'b'), labels: fc.uniqueArray(label), model: fc.constantFrom('assistant', null) })
  const asked = fc.sample(inputs, { numRuns: 24, seed: 7 }).map(({ type, tenant, labels, model }) => policyInput({
    ...view,
    principal: { ...view.principal, type, tenant },
    request: { ...view.request, model },
    classification: { ...view.classification, labels: Object.fromEntries(labels.map(name => [name, { count: 1, distinct: 1, maxConfidence: 1 }])) }
  }))
  const modules = [...libraryModules(), { path: 'p.rego', text }]
  const expected: unknown[] = []
  for (const input of asked) {
    const { results } = await withCompiler(async compiler => await compiler.evaluate({ modules, data: { gateway }, query: 'data.gateway.decision', input }))
    expected.push(results[0]?.expressions[0]?.value)
  }
  t.ok(new Set(expected.map(item => JSON.stringify(item))).size >= 4, 'the answers differ among each other')
  t.same(asked.map(input => outcome(engine, JSON.stringify(input), entrypoints.decision)), expected)
})
