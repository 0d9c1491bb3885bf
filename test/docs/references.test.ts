import t from 'tap'
import { readFileSync } from 'node:fs'
import { references } from '../../docs/reference.ts'
import { policyReferences } from '../../docs/rego-reference.ts'
import { packageFile } from '../../core/package.ts'
import { errorTable } from '../../core/errors.ts'
import { libraryModules } from '../../rego/library.ts'

for (const [name, text] of [...references(), ...await policyReferences()]) {
  t.test(`docs/${name} is what the code says: npm run docs makes it anew`, async t => {
    t.equal(readFileSync(packageFile(`docs/${name}`), 'utf8'), text)
  })
}

t.test('every key of the configuration is described', async t => {
  const rows = (references().get('configuration.md') ?? '').split('\n').filter(line => line.startsWith('| `'))
  t.ok(rows.length > 60, `${rows.length} keys`)
  t.same(rows.filter(row => /\|\s*\|$/.test(row)), [])
})

t.test('every code of the error table stands in the reference', async t => {
  const text = references().get('errors.md') ?? ''
  for (const code of Object.keys(errorTable)) t.match(text, `\`${code}\``)
})

t.test('every rule of the library that authors may use is described, and every builtin has who answers it', async t => {
  const all = await policyReferences()
  const library = all.get('policy-library.md') ?? ''
  for (const { text, path } of libraryModules().filter(({ path }) => path.includes('/lib_'))) {
    const rules = new Set([...text.matchAll(/^([a-z_]+)(?:\(| :=| if| contains)/gm)].map(([, name = '']) => name).filter(name => !['package', 'import', 'minutes'].includes(name)))
    for (const name of rules) t.match(library, new RegExp(`\\.${name}[(\`]`), `${path}: ${name}`)
  }
  const builtins = (all.get('builtins.md') ?? '').split('\n').filter(line => line.startsWith('| `'))
  t.ok(builtins.length > 190, `${builtins.length} builtins`)
  for (const [name, answer] of [['http.send', /refused/], ['time.now_ns', /refused/], ['count', /compiled/], ['semver.compare', /the gateway/], ['graphql.parse', /OPA's evaluator/]] as const) {
    t.match(builtins.find(line => line.includes(`\`${name}\``)), answer)
  }
})
