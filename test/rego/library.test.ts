import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startCompiler } from '../../rego/compiler/compiler.ts'
import { packageFile } from '../../core/package.ts'
import { libraryFolder } from '../../rego/library.ts'
import { testPolicy } from '../../rego/test.ts'

t.test('the rules of the library, one by one', async t => {
  const compiler = await startCompiler()
  t.teardown(async () => { await compiler.close() })
  const modules = readdirSync(libraryFolder).map(name => ({ path: name, text: readFileSync(join(libraryFolder, name), 'utf8') }))
  const { tests, coverage } = await compiler.test({ modules })
  t.ok(tests.length >= 40, `${tests.length} rules are proven`)
  for (const { name, outcome, message, output } of tests) t.equal(outcome, 'pass', `${name.replace(/^test_/, '').replaceAll('_', ' ')} ${message} ${output}`.trim())
  for (const { file, notCovered } of coverage) t.same(notCovered, [], `every line of ${file} is reached`)
  t.same((await compiler.format(modules)).filter(({ changed }) => changed).map(({ path }) => path), [], 'every file is formatted')
  t.same(await compiler.check({ modules, strict: true }), [])
})

t.test('the policies of the examples pass their own tests, with the library beside them', async t => {
  for (const name of readdirSync(packageFile('examples')).filter(name => name !== 'refused')) {
    const { tests, unseen, faults } = await testPolicy(packageFile(`examples/${name}/policy`))
    t.ok(tests.length > 0, `${name} has tests`)
    t.same([faults, tests.filter(({ failed }) => failed !== null), unseen], [[], [], []], name)
  }
})
