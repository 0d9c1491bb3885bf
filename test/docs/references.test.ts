import t from 'tap'
import { readFileSync } from 'node:fs'
import { references } from '../../docs/reference.ts'
import { packageFile } from '../../core/package.ts'
import { errorTable } from '../../core/errors.ts'

for (const [name, text] of references()) {
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
