import fc from 'fast-check'
import t from 'tap'
import { buildPolicy } from '../../../rego/build.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { entrypoints, libraryModules } from '../../../rego/library.ts'
import { EvaluationError, openEngine, type Engine } from '../../../rego/engine/engine.ts'
import { openEvaluator } from '../../../rego/engine/evaluator.ts'
import { jsonOf, readTerm, readValue } from '../../../rego/engine/term.ts'
import { loadModule } from '../../../rego/compiler/load.ts'
import { policyInput } from '../../../plugins/policy/rego/input.ts'
import { folderWith, gateway, permitAll, rules, view } from '../../plugins/policy/rego/parts.ts'

async function moduleOf (text: string, entrypoint = 'test/answer'): Promise<WebAssembly.Module> {
  const { wasm } = await withCompiler(async compiler => await compiler.build({ modules: [{ path: 'test.rego', text: `package test\n\n${text}` }], entrypoints: [entrypoint] }))
  return new WebAssembly.Module(new Uint8Array(wasm))
}

/** A module that imports a function and holds nothing else. */
function foreign (from: string, name: string): WebAssembly.Module {
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
  const imported = [1, ...text(from), ...text(name), 0, 0]
  return new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, imported.length, ...imported]))
}

/** The result, or what kind of error it was. */
function outcome (engine: Engine, inputText: string, entrypoint = 'test/answer'): unknown {
  try {
    return (readValue(engine.evaluate(entrypoint, inputText)) as Array<{ result: unknown }>)[0]?.result
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
    ['no input', '', 'error'],
    ['an input of more than 4 MiB', JSON.stringify({ a: 1, fill: 'x'.repeat(4 * 1024 * 1024) }), 'error'],
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
  const needy = await moduleOf('answer := yaml.marshal(input.a)')
  t.throws(() => openEngine(needy, '{}'), { message: 'the policy needs the builtin yaml.marshal, which is not served' })
  t.throws(() => openEngine(foreign('env', 'opa_open_file'), '{}'), { message: /opa_open_file, which no policy does/ })
  const module = await moduleOf('answer := data.a')
  for (const data of ['', '{"a":', 'nothing']) t.throws(() => openEngine(module, data), EvaluationError)
})

t.test('sets, keys that are no strings and numbers of any length come out as OPA has them', async t => {
  const engine = openEngine(await moduleOf('answer := [{3, 1, "b", "a"}, set(), {1: {2}}, input.large, {[2], [1]}]'), '{}')
  const text = engine.evaluate('test/answer', '{"large":123456789012345678901234567890}')
  t.equal(jsonOf(readTerm(text)), '[{"result":[[1,3,"a","b"],[],{"1":[2]},123456789012345678901234567890,[[1],[2]]]}]')
  t.throws(() => readValue(text), RangeError, 'a number that would be rounded is never read as another one')
})

t.test('rare builtins are answered by OPA\'s evaluator where it is loaded, at the time it is told', async t => {
  const evaluator = openEvaluator(loadModule())
  const engine = openEngine(await moduleOf('answer := [units.parse_bytes(input.size), regex.split(`[,;]`, input.list), {x | some x in json.patch([1], [{"op": "add", "path": "0", "value": {"a"}}])}, semver.is_valid(input.size)]'), '{}', { evaluator })
  evaluator.begin(1795400000000)
  t.equal(jsonOf(readTerm(engine.evaluate('test/answer', '{"size":"4KiB","list":"a,b;c"}'))), '[{"result":[4096,["a","b","c"],[1,["a"]],false]}]')
  t.equal(outcome(engine, '{"size":"nonsense","list":""}'), 'undefined', 'an error within a builtin is undefined, as in OPA')
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
