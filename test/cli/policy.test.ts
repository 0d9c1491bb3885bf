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

t.test('policy fmt formats in place, or says what is not formatted', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'a.rego': 'package a\nallow   if   input.x' })
  t.match(await run(['policy', 'fmt', '--check', 'a.rego'], { folder }), { code: 1, stdout: 'a.rego\n' })
  t.match(await run(['policy', 'fmt', 'a.rego'], { folder }), { code: 0, stdout: 'a.rego\n' })
  t.equal(readFileSync(join(folder, 'a.rego'), 'utf8'), 'package a\n\nallow if input.x\n')
  t.match(await run(['policy', 'fmt', '--check', 'a.rego'], { folder }), { code: 0, stdout: '' })
})
