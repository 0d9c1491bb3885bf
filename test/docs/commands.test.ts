/** Every shell command of the README and of the examples' READMEs is run. */
import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { packageFile } from '../../core/package.ts'
import { commandsOf, runGuide, type Guide } from '../helpers/guide.ts'

const guides: readonly Guide[] = [
  { file: 'README.md', stands: '.' },
  ...readdirSync(packageFile('examples')).filter(name => name !== 'refused').map(name => ({ file: `examples/${name}/README.md`, stands: name === 'quickstart' ? 'examples/quickstart' : '.' }))
]

for (const guide of guides) {
  t.test(`the commands of ${guide.file} do what they say`, async t => {
    const { commands, code, output } = await runGuide(t, guide)
    t.ok(commands >= 3, `${commands} commands`)
    t.equal(code, 0, output)
  })
}

t.test('the two commands for a fresh machine are the ones that CI and the demo\'s test run', async t => {
  const { scripts } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { scripts: Record<string, string> }
  const [start, test] = commandsOf(readFileSync(packageFile('README.md'), 'utf8'))
  t.match(start, /^npm ci && npm start /)
  t.match(scripts['start'], /main\.js demo$/)
  t.match(test, /^npm ci && npm test /)
  t.match(readFileSync(packageFile('.ci/run'), 'utf8'), /^npm ci && npm test$/m)
})
