import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import t from 'tap'
import { RegoError, shippedFiles, startCompiler } from '../../rego/compiler/compiler.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const a = { path: 'a.rego', text: 'package a\n\nallow if input.x == data.b.y\n' }
const b = { path: 'b.rego', text: 'package b\n\ny := 1\n' }

async function faultsOf (work: Promise<unknown>): Promise<unknown> {
  return await work.then(() => 'accepted', (thrown: unknown) => thrown instanceof RegoError ? thrown.diagnostics : String(thrown))
}

t.test('the compiler', async t => {
  const compiler = await startCompiler()
  t.teardown(async () => { await compiler.close() })

  await t.test('makes the same bytes of the same sources, whatever their order', async t => {
    const digests = new Set<string>()
    for (const modules of [[a, b], [b, a], [a, b]]) {
      const { wasm, entrypoints } = await compiler.build({ modules, entrypoints: ['a/allow'] })
      digests.add(createHash('sha256').update(wasm).digest('hex'))
      t.same(entrypoints, ['a/allow'])
    }
    t.equal(digests.size, 1)
  })

  await t.test('tells every fault with its place and OPA\'s code', async t => {
    const broken = [
      ['package x\n\nallow if {', /^rego_parse_error$/, 3],
      ['package x\n\nallow if y == 1', /^rego_unsafe_var_error$/, 3],
      ['package x\n\nallow if allow', /^rego_recursion_error$/, 3],
      ['package x\n\nallow if count(1) == 2', /^rego_type_error$/, 3]
    ] as const
    for (const [text, code, row] of broken) t.match(await compiler.check({ modules: [{ path: 'x.rego', text }] }).catch((thrown: RegoError) => thrown.diagnostics), [{ file: 'x.rego', row, code }])
    t.match(await faultsOf(compiler.build({ modules: [a], entrypoints: ['a/none'] })), [{ code: /./ }], 'an entry point that is not there')
  })

  await t.test('refuses the clock, chance, the network and whatever else is not the same twice', async t => {
    for (const call of ['time.now_ns()', 'http.send({})', 'rand.intn("a", 2)', 'uuid.rfc4122("a")', 'opa.runtime()', 'net.lookup_ip_addr("a")', 'trace("a")']) {
      t.match(await compiler.check({ modules: [{ path: 'x.rego', text: `package x\n\nallow if ${call}` }] }), [{ file: 'x.rego', row: 3 }], call)
    }
  })

  await t.test('refuses a field that the input does not have', async t => {
    const schema = { type: 'object', properties: { x: { type: 'integer' } }, additionalProperties: false }
    t.match(await compiler.check({ modules: [{ path: 'x.rego', text: 'package x\n\nallow if input.y' }], schema }), [{ row: 3, column: 10, code: 'rego_type_error', message: 'undefined ref: input.y' }])
  })

  await t.test('runs tests and says which lines they reach', async t => {
    const test = { path: 'a_test.rego', text: 'package a_test\n\ntest_yes if data.a.allow with input as {"x": 1}\n\ntest_no if data.a.allow with input as {"x": 2}\n' }
    const { tests, coverage } = await compiler.test({ modules: [a, b, test] })
    t.same(tests.map(({ name, outcome, row }) => [name, outcome, row]), [['test_yes', 'pass', 3], ['test_no', 'fail', 5]])
    t.match(coverage, [{ file: 'a.rego', notCoveredLines: 0 }])
  })

  await t.test('formats, and evaluates with exact numbers', async t => {
    t.same(await compiler.format([{ path: 'x.rego', text: 'package x\nallow   if   input.a' }]), [{ path: 'x.rego', text: 'package x\n\nallow if input.a\n', changed: true }])
    const { text } = await compiler.evaluate({ modules: [], query: 'x := input', inputText: '123456789012345678901234567890' })
    t.match(text, /123456789012345678901234567890/)
  })

  await t.test('survives deep nesting and what is no Rego at all', async t => {
    t.type(await compiler.check({ modules: [{ path: 'x.rego', text: `package x\n\na := ${'['.repeat(3000)}${']'.repeat(3000)}` }] }), Array)
    t.match(await faultsOf(compiler.build({ modules: [{ path: 'x.rego', text: '\u0000\u0001' }], entrypoints: ['x'] })), [{ file: 'x.rego', code: 'rego_parse_error' }])
    t.equal((await compiler.build({ modules: [b], entrypoints: ['b/y'] })).entrypoints.length, 1)
  })
})

t.test('a call beyond its deadline is ended, and the next one served', async t => {
  const compiler = await startCompiler({ deadlineMs: 10_000 })
  t.teardown(async () => { await compiler.close() })
  const endless = 'xs := numbers.range(1, 3000); some a in xs; some b in xs; some c in xs; a + b + c == -1'
  const short = await startCompiler({ deadlineMs: 1500 }).catch(() => null)
  if (short !== null) {
    t.match(await faultsOf(short.evaluate({ modules: [], query: endless })), [{ code: 'rego_timeout' }])
    await short.close()
    t.match(await faultsOf(short.version()), [{ code: 'rego_closed' }])
  }
  t.match(await compiler.version(), /^1\./)
})

t.test('a compiler whose bytes do not have their recorded digest is not started', async t => {
  const folder = temporaryFolder(t)
  const files = { module: join(folder, 'compiler.wasm.br'), digest: join(folder, 'compiler.sha256') }
  copyFileSync(shippedFiles.module, files.module)
  writeFileSync(files.digest, '0'.repeat(64))
  t.match(await faultsOf(startCompiler({ files })), [{ code: 'rego_crash', message: /recorded digest/ }])
  writeFileSync(files.module, 'nothing')
  t.match(await faultsOf(startCompiler({ files })), [{ code: 'rego_crash', message: /cannot be read/ }])
})
