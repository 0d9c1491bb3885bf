import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { PolicyData } from '../../core/pipeline/plugin.ts'
import { packPolicy } from '../../rego/bundle/pack.ts'
import { buildPolicy, type PolicyBuild } from '../../rego/build.ts'
import { describeDiagnostic } from '../../rego/compiler/compiler.ts'
import { entrypoints } from '../../rego/library.ts'
import type { BuiltPolicy } from '../../rego/policy.ts'
import { readValue } from '../../rego/engine/term.ts'
import { openEngine } from '../../rego/engine/engine.ts'
import { temporaryFolder, writeFiles, type Teardown } from '../helpers/folder.ts'

const gateway: PolicyData = {
  endpoints: { eu: { labels: {}, price: { input: 2.5, output: 10 } }, us: { labels: {} } },
  models: { assistant: { family: null, endpoints: ['eu', 'us'] } },
  tenants: null,
  routes: {},
  taxonomy: { levels: ['internal', 'restricted'] }
}

const permit = 'permit contains {"id": "everyone", "endpoints": ["eu"]}\n'

function policy (text: string, area = 'test'): string {
  return `package gateway.policy.${area}\n\n${text}`
}

async function build (t: Teardown, files: Readonly<Record<string, unknown>>): Promise<PolicyBuild> {
  const dir = temporaryFolder(t)
  writeFiles(dir, files)
  const { policy, faults, findings, warnings } = await buildPolicy({ dir, gateway })
  return { policy, findings, warnings, faults: faults.map(fault => ({ ...fault, file: fault.file.replace(`${dir}/`, '') })) }
}

async function built (t: Teardown, files: Readonly<Record<string, unknown>>): Promise<BuiltPolicy> {
  const { policy, faults } = await build(t, files)
  if (policy === null) throw new Error(faults.map(describeDiagnostic).join('\n'))
  return policy
}

t.test('the same sources are the same version, whatever the folder; other rules or data are another', async t => {
  const files = { 'a.rego': policy(permit), 'deep/b.rego': policy('classify contains "restricted"\n', 'b'), 'data.json': { teams: ['a'] } }
  const one = await built(t, files)
  const two = await built(t, files)
  t.match(one.version, { version: /^dir@sha256:[0-9a-f]{12}$/, digest: /^sha256:[0-9a-f]{64}$/ })
  t.same(two.version, one.version)
  t.same(Buffer.compare(Buffer.from(await packPolicy(one)), Buffer.from(await packPolicy(two))), 0)
  t.not((await built(t, { ...files, 'data.json': { teams: ['b'] } })).version.digest, one.version.digest)
  t.not((await built(t, { ...files, 'a.rego': policy(permit.replace('eu', 'us')) })).version.digest, one.version.digest)
})

t.test('tests are not built, a manifest names the revision, data files merge under their folders', async t => {
  const made = await built(t, {
    'a.rego': policy(permit),
    'a_test.rego': 'package gateway.policy.test_test\n\ntest_a if nonsense',
    '.manifest': { revision: 'v1.2.3' },
    'data.json': { teams: { a: 1 } },
    'more/data.yaml': 'limits:\n  - 1\n',
    'data.yaml': 'teams:\n  b: 2\n'
  }).catch((thrown: unknown) => thrown)
  t.match(made, { version: { version: /^v1\.2\.3@sha256:/ } })
  t.same(JSON.parse((made as BuiltPolicy).dataText), { gateway, more: { limits: [1] }, teams: { a: 1, b: 2 } })
})

t.test('a policy without tests is warned of', async t => {
  t.match((await build(t, { 'a.rego': policy(permit) })).warnings, [{ code: 'policy_untested' }])
})

t.test('what would be passed over, or has no place here, is refused with its place', async t => {
  const cases: Array<[name: string, files: Readonly<Record<string, unknown>>, faults: readonly string[]]> = [
    ['an empty folder', { 'readme.md': 'x' }, ['policy_folder_error']],
    ['tests alone', { 'a_test.rego': 'package a_test\n\ntest_a if true' }, ['policy_folder_error']],
    ['an empty file', { 'a.rego': '' }, ['a.rego:1:1 rego_parse_error']],
    ['the library\'s own package', { 'a.rego': 'package gateway\n\neffect := "permit"\n' }, ['a.rego:1:9 policy_package_error']],
    ['a package without an area', { 'a.rego': 'package gateway.policy\n\nforbid contains {"code": "a"}\n' }, ['a.rego:1:17 policy_package_error']],
    ['a package too deep', { 'a.rego': 'package gateway.policy.a.b\n\nforbid contains {"code": "a"}\n' }, ['a.rego:1:26 policy_package_error']],
    ['rules of a tenant outside its folder', { 'a.rego': 'package gateway.tenant.a\n\nforbid contains {"code": "a"}\n' }, ['a.rego:1:24 policy_package_error']],
    ['rules for all in a tenant\'s folder', { 'a.rego': policy(permit), 'tenants/acme/a.rego': policy(permit) }, ['tenants/acme/a.rego:1:24 policy_package_error']],
    ['a permit of a tenant', { 'a.rego': policy(permit), 'tenants/acme/a.rego': `package gateway.tenant.a\n\n${permit}` }, ['tenants/acme/a.rego:3:1 policy_rule_error']],
    ['a forbid that is no set', { 'a.rego': policy('forbid if input.action.name == "chat"\n') }, ['a.rego:3:1 policy_rule_error']],
    ['a forbid with one value', { 'a.rego': policy('forbid := {"code": "a"}\n') }, ['a.rego:3:1 policy_rule_error']],
    ['a block in a policy package', { 'a.rego': policy('block contains {"code": "a"}\n') }, ['a.rego:3:1 policy_rule_error']],
    ['a forbid in a response package', { 'a.rego': 'package gateway.response.a\n\nforbid contains {"code": "a"}\n' }, ['a.rego:3:1 policy_rule_error']],
    ['a permit without id', { 'a.rego': policy('permit contains {"endpoints": ["eu"]}\n') }, ['a.rego:3:17 policy_value_error']],
    ['an endpoint that is not configured', { 'a.rego': policy('restrict contains {"id": "a", "endpoints": {"mars"}}\n') }, ['a.rego:3:45 policy_value_error']],
    ['a message that is computed', { 'a.rego': policy('forbid contains {"code": "a", "message": input.subject.id}\n') }, ['a.rego:3:42 policy_value_error']],
    ['an unknown operator', { 'a.rego': policy('redact contains {"labels": ["*"], "operator": "blur"}\n') }, ['a.rego:3:47 policy_value_error']],
    ['an unknown obligation', { 'a.rego': policy('oblige contains {"id": "a", "type": "teleport"}\n') }, ['a.rego:3:37 policy_value_error']],
    ['an unknown level', { 'a.rego': policy('classify contains "secretest"\n') }, ['a.rego:3:19 policy_value_error']],
    ['a field the input does not have', { 'a.rego': policy('forbid contains {"code": "a"} if input.subject.rolle == "x"\n') }, ['a.rego:3:34 rego_type_error']],
    ['the clock', { 'a.rego': policy('forbid contains {"code": "a"} if time.now_ns() > 1\n') }, ['a.rego:3:34 rego_type_error']],
    ['the network', { 'a.rego': policy('forbid contains {"code": "a"} if http.send({}).status_code == 200\n') }, ['a.rego:3:34 rego_type_error']],
    ['chance', { 'a.rego': policy('forbid contains {"code": "a"} if rand.intn("a", 2) == 1\n') }, ['a.rego:3:34 rego_type_error']],
    ['a builtin that OPA does not have', { 'a.rego': policy('forbid contains {"code": "a"} if strings.shout("a")\n') }, ['a.rego:3:34 rego_type_error']],
    ['the gateway\'s data', { 'a.rego': policy(permit), 'data.json': { gateway: {} } }, ['data.json:1:1 policy_data_error']],
    ['the library\'s data', { 'a.rego': policy(permit), 'data.json': { sallyport: {} } }, ['data.json:1:1 policy_data_error']],
    ['a number that would be rounded', { 'a.rego': policy(permit), 'data.json': '{"a":9007199254740993}' }, ['data.json:1:1 policy_data_error']],
    ['data of 4 MB', { 'a.rego': policy(permit), 'data.json': { a: 'x'.repeat(4_000_000) } }, ['policy_data_error']],
    ['`with`', { 'a.rego': policy('forbid contains {"code": "a"} if input.subject.id == "x" with input.subject.id as "x"\n') }, ['a.rego:3:58 policy_with_error']],
    ['print', { 'a.rego': policy('forbid contains {"code": "a"} if { print("x"); input.subject.id == "x" }\n') }, ['a.rego:3:36 policy_print_error']],
    ['a misspelt forbid', { 'a.rego': policy('forbids contains {"code": "a"} if input.subject.id == "x"\n') }, ['a.rego:3:1 policy_rule_error']],
    ['a forbid by another name', { 'a.rego': policy('deny contains {"code": "a"} if input.subject.id == "x"\n') }, ['a.rego:3:1 policy_rule_error']],
    ['a restriction in a package that nothing reads', { 'a.rego': policy(permit), 'b.rego': 'package policy.b\n\nrestrict contains {"id": "a", "endpoints": ["eu"]}\n' }, ['b.rego:3:1 policy_rule_error']],
    ['a misspelt document of the gateway', { 'a.rego': policy('forbid contains {"code": "a"} if data.gateway.endpoint.eu\n') }, ['a.rego:3:34 policy_reference_error']],
    ['a misspelt helper of the library', { 'a.rego': 'package gateway.policy.a\n\nimport data.gateway.lib.subject\n\nforbid contains {"code": "a"} if subject.delegate\n' }, ['a.rego:5:34 policy_reference_error']],
    ['a rule that a package of one\'s own does not have', { 'a.rego': policy('forbid contains {"code": "a"} if data.team.is_mine\n'), 'b.rego': 'package team\n\nis_min if input.subject.id == "x"\n' }, ['a.rego:3:34 policy_reference_error']],
    ['faults that OPA\'s compiler finds one after another', { 'a.rego': policy('forbid contains {"code": "a"} if input.subject.rolle == helper(y)\n\nforbid contains {"code": "b"} if strings.shout("a")\n\nforbid contains {"code": "c"} if input.subject.rolle == "x"\n\nhelper(x) := input.subject.tennant\n') }, ['a.rego:3:57 rego_unsafe_var_error', 'a.rego:5:34 rego_type_error', 'a.rego:7:34 rego_type_error', 'a.rego:9:14 rego_type_error']],
    ['a second entry point', { 'a.rego': `# METADATA\n# scope: package\n# entrypoint: true\n${policy(permit)}` }, ['a.rego:1:1 policy_entrypoint_error']],
    ['the library\'s own helpers', { 'a.rego': policy(permit), 'b.rego': 'package gateway.lib.labels\n\nfound(_) := true\n' }, ['b.rego:1:21 policy_package_error']],
    ['a permit that grants nothing', { 'a.rego': policy('permit contains {"id": "a", "endpoints": []}\n') }, ['a.rego:3:42 policy_value_error']],
    ['a parameter that is no number', { 'a.rego': policy('oblige contains {"id": "a", "type": "max_output_tokens", "n": "9"}\n') }, ['a.rego:3:63 policy_value_error']],
    ['data that is no object', { 'a.rego': policy(permit), 'data.json': '[1]' }, ['data.json:1:1 policy_data_error']],
    ['data with a key twice', { 'a.rego': policy(permit), 'data.json': '{"a":1,"a":2}' }, ['data.json:1:1 policy_data_error']],
    ['data given twice', { 'a.rego': policy(permit), 'data.json': { a: 1 }, 'data.yaml': 'a: 2' }, ['data.yaml:1:1 policy_data_error']],
    ['data where a package is', { 'a.rego': policy(permit), 'lib.rego': 'package team\n\nx := 1\n', 'data.json': { team: { x: 2 } } }, ['lib.rego:3:1 rego_compile_error']],
    ['a manifest that names no revision', { 'a.rego': policy(permit), '.manifest': '{"revision": "a b"}' }, ['.manifest:1:1 policy_manifest_error']],
    ['a manifest whose files are not all there', { 'a.rego': policy(permit), '.manifest': { files: ['a.rego', 'b.rego'] } }, ['.manifest:1:1 policy_manifest_error']],
    ['a manifest that is no object', { 'a.rego': policy(permit), '.manifest': '[]' }, ['.manifest:1:1 policy_manifest_error']],
    ['faults of several files at once', { 'a.rego': policy('forbid if true\n'), 'b.rego': policy('classify contains "x"\n', 'b') }, ['a.rego:3:1 policy_rule_error', 'b.rego:3:19 policy_value_error']]
  ]
  for (const [name, files, expected] of cases) {
    const { policy, faults } = await build(t, files)
    t.equal(policy, null)
    t.same(faults.map(({ file, row, column, code, message }) => code === 'policy_folder_error' || message.startsWith('the data is') ? code : `${file}:${row}:${column} ${code}`), expected, name)
  }
})

t.test('a rule that can never be true is refused where the condition stands', async t => {
  const cases: Array<[condition: string, column: number | null]> = [
    ['false', 34],
    ['not true', 34],
    ['1 == 2', 34],
    ['input.subject.type == "robot"', 34],
    ['"robot" == input.subject.type', 34],
    ['input.subject.type in {"robot", "ghost"}', 34],
    ['input.subject.id in set()', 34],
    ['{ input.subject.tenant == "a"; input.subject.tenant == "b" }', 65],
    ['{ input.subject.tenant == "a"; input.subject.tenant != "a" }', 65],
    ['{ input.subject.tenant == "a"; input.subject.tenant in {"b", "c"} }', 65],
    ['{ input.classification.rank > 2; input.classification.rank < 2 }', 67],
    ['{ input.classification.rank > 2; input.classification.rank <= 2 }', 67],
    ['input.classification.tag == "secretest"', 34],
    ['input.action.name == "chatt"', 34],
    ['input.request.output_format == "xml"', 34],
    ['helper', 34],
    ['data.gateway.lib.own.helper', 34],
    ['input.subject.type == "agent"', null],
    ['input.subject.type in {"robot", "agent"}', null],
    ['input.action.name == "http.get"', null],
    ['{ input.classification.rank >= 2; input.classification.rank <= 2 }', null],
    ['not input.subject.type == "robot"', null],
    ['not helper', null],
    ['input.subject.tenant in {"a", "b"}', null],
    ['{ some actor in input.subject.actors; actor.id == "a"; some other in input.subject.actors; other.id == "b" }', null]
  ]
  for (const [condition, column] of cases) {
    const { faults } = await build(t, {
      'a.rego': policy(`forbid contains {"code": "a"} if ${condition}\n\nhelper if input.subject.type == "ghost"\n`),
      'lib.rego': 'package gateway.lib.own\n\nhelper if { input.subject.id == "a"; input.subject.id == "b" }\n'
    })
    const found = faults.filter(({ file, row }) => file === 'a.rego' && row === 3).map(({ code, column: at }) => [code, at])
    t.same(found, column === null ? [] : [['policy_never_true', column]], condition)
    t.ok(faults.some(({ file }) => file === 'lib.rego'), 'a helper that is never defined is told where it stands')
  }
})

t.test('what the configuration alone excludes is a finding: it refuses a check and no start', async t => {
  const { policy: made, findings } = await build(t, { 'a.rego': policy(`${permit}\nforbid contains {"code": "a"} if input.request.model == "unheard"\n`) })
  t.ok(made)
  t.match(findings.map(({ code, message }) => `${code} ${message}`), [/^policy_endpoint_unreachable no rule can permit the endpoint us$/, /^policy_never_true .*input.request.model is never "unheard", only assistant$/])
  t.same((await build(t, { 'a.rego': policy('permit contains {"id": "a", "endpoints": eps} if eps := {id | some id, _ in data.gateway.endpoints}\n') })).findings, [], 'computed endpoints may be any')
})

t.test('a policy that needs OPA\'s evaluator says for which builtins', async t => {
  const needs = async (condition: string): Promise<readonly string[]> => (await built(t, { 'a.rego': policy(`forbid contains {"code": "a"} if ${condition}\n`) })).evaluated
  t.same(await needs('sprintf("%s-%d", [input.subject.id, 1]) == "a"'), [])
  t.same(await needs('sprintf("%q", [input.subject.id]) == "a"'), ['sprintf'])
  t.same(await needs('sprintf(input.subject.id, [1]) == "a"'), ['sprintf'])
  t.same(await needs('{ units.parse(input.subject.id) == 1; object.subset(input.subject, {"id": "a"}) }'), ['units.parse'])
})

t.test('what nothing reads and forbids nothing, or only data may have, is told and refuses no start', async t => {
  const { warnings } = await build(t, { 'a.rego': policy(`${permit}\nallow if input.subject.id == "x"\n`) })
  t.match(warnings.find(({ code }) => code === 'policy_rule_error'), { row: 5, column: 1, message: 'nothing reads allow: is it meant to be permit?' })
  t.match(await build(t, { 'a.rego': policy('forbid contains {"code": "a"} if data.contracts[input.subject.tenant]\n') }), { policy: {}, findings: [{ code: 'policy_reference_error', row: 3, column: 34 }] })
  const used = 'package gateway.policy.a\n\nforbid contains {"code": "a"} if denied\n\ndenied if data.team.forbid[input.subject.id]\n'
  t.match(await build(t, { 'a.rego': used, 'b.rego': 'package team\n\nforbid contains "x" if input.subject.type == "agent"\n' }), { faults: [], findings: [] })
})

t.test('what is well written is accepted', async t => {
  const { faults } = await build(t, {
    'a.rego': `package gateway.policy.a

import data.gateway.lib.teams

permit contains {"id": id, "endpoints": data.gateway.models[input.request.model].endpoints, "unscanned": ["image"], "server_side": {"web_search"}} if {
  some id in teams.members
  input.subject.tenant != null
}

oblige contains rule if { rule := {"id": "a", "type": "mark", "by": sprintf("%s", [input.subject.id])} }
`,
    'teams.rego': 'package gateway.lib.teams\n\nmembers := {"a"} if input.subject.type == "user"\n',
    'own.rego': 'package anything.else\n\nx := 1\n'
  })
  t.same(faults, [])
})

t.test('response rules that read the end of an answer oblige the gateway to wait for it', async t => {
  const input = JSON.stringify({
    request: { id: 'r', model: 'assistant', server_side: [] },
    resource: { type: 'model' },
    subject: {},
    classification: { tag: 'internal', rank: 0, complete: true, labels: {}, unscanned: [] }
  })
  for (const [rule, isWhole] of [['input.response.finish == "length"', true], ['some f in ["bytes"]; input.response[f] > 5', true], ['input.response.model == "a"', false]] as const) {
    const { wasm, dataText } = await built(t, { 'a.rego': policy(permit), 'r.rego': `package gateway.response.a\n\nblock contains {"code": "a"} if { ${rule} }\n` })
    const text = openEngine(new WebAssembly.Module(new Uint8Array(wasm)), dataText).evaluate(entrypoints.decision, input)
    const [{ result }] = readValue(text) as [{ result: { obligations: unknown[] } }]
    t.same(result.obligations, isWhole ? [{ id: 'gateway.whole_answer', type: 'response_mode', mode: 'buffer' }] : [], rule)
  }
})

t.test('a bundle holds the policy, its data and each tenant\'s own', async t => {
  const made = await built(t, { 'a.rego': policy(permit), 'tenants/acme/a.rego': 'package gateway.tenant.a\n\nforbid contains {"code": "a"}\n' })
  const archive = gunzipSync(await packPolicy(made)).toString('latin1')
  for (const name of ['/.manifest', '/data.json', '/policy.wasm', '/schemas/input.json', '/tenants/acme/policy.wasm']) t.ok(archive.includes(`${name}\0`), name)
  t.ok(archive.includes(made.version.version))
})
