/** Every shell command of the pages under docs/ is run. */
import t from 'tap'
import { runGuide, type Guide } from '../helpers/guide.ts'

const guides: readonly Guide[] = ['detection', 'identity', 'policy', 'routing', 'running'].map(page => ({ file: `docs/${page}.md`, stands: '.' }))

for (const guide of guides) {
  t.test(`the commands of ${guide.file} do what they say`, async t => {
    const { commands, code, output } = await runGuide(t, guide)
    t.ok(commands >= 3, `${commands} commands`)
    t.equal(code, 0, output)
  })
}
