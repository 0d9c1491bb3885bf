import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { run } from '../helpers/command.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'

const examples = packageFile('examples')
const quickstart = join(examples, 'quickstart/policy')
const withConfiguration = ['--config', join(examples, 'quickstart/sallyport.yaml')]
const environment = { OPENAI_API_KEY: '' }

t.test('policy check', async t => {
  await t.test('accepts a policy by its version; the secrets of the configuration need not be here', async t => {
    const { code, stdout } = await run(['policy', 'check', quickstart, ...withConfiguration], { environment })
    t.match(stdout, /is accepted as dir@sha256:[0-9a-f]{12}\n$/)
    t.equal(code, 0)
  })
  await t.test('lists every fault, one a line, and exits 1', async t => {
    const folder = temporaryFolder(t)
    writeFiles(folder, {
      'a.rego': 'package gateway.policy.a\n\npermit contains {"id": "a", "endpoints": ["mars"]}\n',
      'b.rego': 'package gateway.policy.b\n\nforbid contains {"code": "a"} if input.nobody\n'
    })
    const { code, stdout } = await run(['policy', 'check', '.', ...withConfiguration], { folder, environment })
    t.equal(stdout, 'a.rego:3:43: policy_value_error: mars is not a configured endpoint: openai\nb.rego:3:34: rego_type_error: undefined ref: input.nobody\n')
    t.equal(code, 1)
  })
  await t.test('needs no configuration, and warns of a policy without tests', async t => {
    const folder = temporaryFolder(t)
    writeFiles(folder, { 'a.rego': 'package gateway.policy.a\n\npermit contains {"id": "a", "endpoints": ["mars"]}\n' })
    const { code, stderr } = await run(['policy', 'check', '.'], { folder })
    t.match(stderr, /^warning: .*policy_untested/)
    t.equal(code, 0)
  })
  t.equal((await run(['policy', 'check', join(examples, 'nowhere')])).code, 2, 'a folder that is not there')
  t.equal((await run(['policy', 'check', quickstart, '--config', join(examples, 'refused/unknown-key.yaml')])).code, 78, 'a configuration that is refused')
})

t.test('policy build writes the same bundle twice, and none where there are faults', async t => {
  const folder = temporaryFolder(t)
  const outputs = ['one.tar.gz', 'two.tar.gz'].map(name => join(folder, name))
  for (const output of outputs) {
    const { code, stdout } = await run(['policy', 'build', quickstart, ...withConfiguration, '--output', output], { environment })
    t.match(stdout, /^dir@sha256:[0-9a-f]{12}\n$/)
    t.equal(code, 0)
  }
  const [one = '', two = ''] = outputs
  t.same(readFileSync(one), readFileSync(two))
  const refused = join(folder, 'refused.tar.gz')
  const { code, stdout } = await run(['policy', 'build', join(examples, 'refused/policy'), '--output', refused])
  t.match(stdout, /broken\.rego:3:\d+: rego_unsafe_var_error: /)
  t.equal(code, 1)
  t.notOk(existsSync(refused))
  t.equal((await run(['policy', 'build', quickstart])).code, 2, 'without --output')
})

t.test('policy test runs the tests of a folder, with the library beside them', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, {
    'a.rego': 'package gateway.policy.a\n\nforbid contains {"code": "a"}\n',
    'a_test.rego': `package gateway.policy.a_test

facts := {"request": {"id": "r", "model": null, "server_side": []}, "subject": {}, "action": {"name": "chat"}, "resource": {"type": "model"}, "classification": {"tag": "low", "rank": 0, "labels": {}, "complete": true, "unscanned": []}}

test_whole if {
  decision := data.gateway.decision with input as facts with data.gateway.taxonomy as {"levels": ["low"]} with data.gateway.tenants as null
  decision.reasons == ["a"]
}

test_wrong if data.gateway.policy.a.forbid == set()
`
  })
  const { code, stdout } = await run(['policy', 'test', '.'], { folder })
  t.match(stdout, /a_test\.rego:\d+:1: test_fail: data\.gateway\.policy\.a_test\.test_wrong.*\n1 passed, 1 failed\n$/)
  t.equal(code, 1)
  t.equal((await run(['policy', 'test', '.', '--filter', 'whole'], { folder })).code, 0)
  t.equal((await run(['policy', 'test', '.', '--filter', 'nothing'], { folder })).code, 1, 'no test ran')
})

t.test('policy eval answers a query over the folder, its data and the library', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'p/a.rego': 'package gateway.policy.a\n\nforbid contains {"code": data.codes[input.n]}\n', 'p/data.json': { codes: ['zero', 'one'] }, 'input.json': { n: 1 }, 'more.json': { codes: ['a', 'b'] } })
  const evaluate = async (...words: string[]): Promise<{ code: number | null, stdout: string }> => await run(['policy', 'eval', '--dir', 'p', '--query', ...words], { folder })
  t.match(JSON.parse((await evaluate('data.gateway.policy.a.forbid', '--input', 'input.json')).stdout), [{ expressions: [{ value: [{ code: 'one' }] }] }])
  t.match(JSON.parse((await evaluate('data.gateway.policy.a.forbid', '--input', 'input.json', '--data', 'more.json')).stdout), [{ expressions: [{ value: [{ code: 'b' }] }] }])
  t.equal((await evaluate('data.gateway.decision')).stdout, '[]\n', 'undefined')
  const { code, stdout } = await evaluate('x ==')
  t.match(stdout, /rego_parse_error/)
  t.equal(code, 1)
  t.equal((await evaluate('input', '--input', 'nowhere.json')).code, 2)
})

t.test('policy eval tells a decision, its reasons and the rules that were true, in either engine', async t => {
  const folder = temporaryFolder(t)
  const input = { request: { id: 'r', model: 'gpt-4o-mini', server_side: [] }, subject: { tenant: 'acme', roles: ['analyst'] }, action: { name: 'chat' }, resource: { type: 'model' }, classification: { tag: 'internal', rank: 1, complete: true, unscanned: [], labels: { 'pii.email_address': { count: 1 } } } }
  writeFiles(folder, { 'input.json': input, 'none.json': {} })
  for (const engine of ['opa', 'wasm']) {
    const { code, stdout } = await run(['policy', 'eval', '--dir', quickstart, ...withConfiguration, '--input', join(folder, 'input.json'), '--engine', engine], { environment })
    t.match(stdout, /^decision {8}redact\nreasons {9}staff\n[^]*redactions {6}replace pii\.\*\nrule {12}.*access\.rego:6:1: permit\nrule {12}.*content\.rego:9:1: redact\n$/)
    t.equal(code, 0)
  }
  const { stdout } = await run(['policy', 'eval', '--dir', quickstart, ...withConfiguration, '--input', join(folder, 'input.json'), '--json'], { environment })
  t.match(JSON.parse(stdout), { decision: { effect: 'redact', endpoints: ['openai'] }, rules: [{ name: 'permit', row: 6 }, { name: 'redact', row: 9 }], policy: /^dir@sha256:/ })
  const none = await run(['policy', 'eval', '--dir', quickstart, ...withConfiguration, '--input', join(folder, 'none.json')], { environment })
  t.match(none, { code: 1, stdout: /policy\.undefined/ })
  t.equal((await run(['policy', 'eval', '--dir', quickstart, '--input', join(folder, 'input.json'), '--engine', 'other'])).code, 2)
})

t.test('policy eval answers cases in batches, alike in either engine, with exact numbers and OPA\'s order of sets', async t => {
  const folder = temporaryFolder(t)
  const cases = [
    '{"id":"set","query":"x := data.a.p","modules":["package a\\np contains y if { y := input.x[_] }"],"input":{"x":[3,1,12345678901234567890,"b",[2],1.50]}}',
    '{"id":7,"query":"data.a.p","modules":["package a\\np if data.n == 9007199254740993"],"data":{"n":9007199254740993}}',
    '{"id":"two","query":"x = data.a.f(1)","modules":["package a\\nf(x) := 1\\nf(x) := 2 if x == 1"]}',
    '{"id":"term","query":"x := input","input_term":"{1, {\\"a\\": {2}},}"}',
    '{"id":"broken","query":"x := data.b","modules":["package a\\nf(x"]}',
    '{"id":"undefined","query":"x := input.y"}',
    '{"id":"strict","query":"x := 1 / 0","strict_error":true}'
  ]
  writeFiles(folder, { 'cases.ndjson': `${cases.join('\n')}\n\n`, 'bad.ndjson': '{"query":"x"}' })
  for (const engine of ['opa', 'wasm']) {
    const { code, stdout } = await run(['policy', 'eval', '--cases', 'cases.ndjson', '--engine', engine, '--json'], { folder })
    const [set, seven, two, term, broken, undefinedCase, strict] = stdout.trimEnd().split('\n')
    t.equal(set, '{"id":"set","results":[{"x":[1,1.50,3,12345678901234567890,"b",[2]]}]}')
    t.equal(seven, '{"id":7,"results":[{}]}')
    t.match(two, /^\{"id":"two","error":\{"code":"eval_conflict_error",/)
    t.equal(term, '{"id":"term","results":[{"x":[1,{"a":[2]}]}]}')
    t.match(broken, /^\{"id":"broken","error":\{"code":"rego_parse_error",/)
    t.equal(undefinedCase, '{"id":"undefined","results":[]}')
    t.match(strict, engine === 'opa' ? /"code":"eval_builtin_error"/ : /"results":\[\]/, 'WebAssembly has no strict errors')
    t.equal(code, 0)
  }
  t.match(await run(['policy', 'eval', '--cases', 'bad.ndjson'], { folder }), { code: 2, stderr: /line 1: id is missing/ })
  t.equal((await run(['policy', 'eval', '--cases', 'nowhere.ndjson'], { folder })).code, 2)
})

t.test('policy test fails where OPA and WebAssembly differ, tells what no test reached, and reads no clock', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, {
    'a.rego': 'package gateway.policy.a\n\nforbid contains {"code": "a"} if input.subject.id == "a"\n\nforbid contains {"code": "b"} if input.subject.id == "b"\n\nhelper(x) := data.numbers[x]\n',
    'a_test.rego': `package gateway.policy.a_test

test_a if data.gateway.policy.a.forbid == {{"code": "a"}} with input.subject.id as "a"

test_differs if data.gateway.policy.a.helper(2) == "two"

test_cases[note] if {
  some note, id in {"one": "a", "two": "x"}
  count(data.gateway.policy.a.forbid) == 1 with input.subject.id as id
}
`,
    'data.json': { numbers: { 2: 'two' } }
  })
  const { code, stdout, stderr } = await run(['policy', 'test', '.'], { folder })
  t.match(stdout, /a\.rego: \d+ % covered, not the lines 5\n/)
  t.match(stderr, /warning: a\.rego:5:1: policy_unseen: no test sees this forbid true/)
  t.match(stdout, /a_test\.rego:5:1: test_difference: .*test_differs: passes in OPA's interpreter, and is not true in the WebAssembly/)
  t.match(stdout, /a_test\.rego:7:1: test_fail: .*test_cases/)
  t.match(stdout, /\n1 passed, 2 failed\n$/)
  t.equal(code, 1)
  const report = JSON.parse((await run(['policy', 'test', '.', '--json'], { folder })).stdout) as unknown
  t.match(report, { tests: [{ name: 'test_a', outcome: 'pass' }, { outcome: 'difference' }, { outcome: 'fail' }], unseen: [{ name: 'forbid', row: 5 }], coverage: [{ file: 'a.rego' }] })
})

t.test('policy test --watch runs again after a change', async t => {
  const folder = temporaryFolder(t)
  const rules = (code: string): string => `package gateway.policy.a\n\nforbid contains {"code": "${code}"}\n`
  writeFiles(folder, { 'a.rego': rules('a'), 'a_test.rego': 'package gateway.policy.a_test\n\ntest_a if data.gateway.policy.a.forbid == {{"code": "a"}}\n' })
  const child = spawn(process.execPath, [packageFile('dist/core/main.js'), 'policy', 'test', '.', '--watch'], { cwd: folder })
  t.teardown(() => { child.kill('SIGKILL') })
  let said = ''
  child.stderr.on('data', chunk => { said += String(chunk) })
  child.stdout.on('data', chunk => { said += String(chunk) })
  const until = async (pattern: RegExp): Promise<void> => {
    for (let round = 0; round < 200 && !pattern.test(said); round++) await new Promise(resolve => setTimeout(resolve, 50))
    t.match(said, pattern)
  }
  await until(/1 passed, 0 failed[^]*waiting for changes/)
  said = ''
  writeFiles(folder, { 'a.rego': rules('b') })
  await until(/0 passed, 1 failed[^]*ms; waiting/)
  child.kill('SIGINT')
  await new Promise(resolve => child.once('exit', resolve))
  t.equal(child.exitCode, 1, 'the last run failed')
})

t.test('policy check refuses what the configuration alone excludes', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'a.rego': 'package gateway.policy.a\n\npermit contains {"id": "a", "endpoints": ["openai"]} if input.request.model == "unheard"\n', 'a_test.rego': 'package a_test\n' })
  t.match(await run(['policy', 'check', '.', ...withConfiguration], { folder, environment }), { code: 1, stdout: /^a\.rego:3:57: policy_never_true: / })
  t.match(await run(['policy', 'build', '.', ...withConfiguration, '--output', 'p.tar.gz'], { folder, environment }), { code: 0, stderr: /warning: a\.rego:3:57: policy_never_true: / })
})

t.test('policy fmt formats in place, or says what is not formatted', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'a.rego': 'package a\nallow   if   input.x' })
  t.match(await run(['policy', 'fmt', '--check', 'a.rego'], { folder }), { code: 1, stdout: 'a.rego\n' })
  t.match(await run(['policy', 'fmt', 'a.rego'], { folder }), { code: 0, stdout: 'a.rego\n' })
  t.equal(readFileSync(join(folder, 'a.rego'), 'utf8'), 'package a\n\nallow if input.x\n')
  t.match(await run(['policy', 'fmt', '--check', 'a.rego'], { folder }), { code: 0, stdout: '' })
})
