import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { run } from '../helpers/command.ts'
import { temporaryFolder } from '../helpers/folder.ts'

t.test('init writes the quickstart example and a .gitignore for what must not be shared', async (t) => {
  const folder = join(temporaryFolder(t), 'new', 'gateway')
  t.equal((await run(['init', folder])).code, 0)
  t.same(readdirSync(folder).sort(), ['.gitignore', 'README.md', 'policy', 'sallyport.yaml'])
  t.equal(readFileSync(join(folder, 'sallyport.yaml'), 'utf8'), readFileSync(packageFile('examples/quickstart/sallyport.yaml'), 'utf8'))
  t.match(readFileSync(join(folder, '.gitignore'), 'utf8'), /^var\/$/m)
})

t.test('init fills an empty folder that is there', async (t) => {
  t.equal((await run(['init', temporaryFolder(t)])).code, 0)
})

t.test('init leaves a folder alone that holds anything', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  t.match(await run(['init', folder]), { code: 2, stdout: '', stderr: /is not empty/ })
  t.same(readdirSync(folder), ['mine.txt'])
})

t.test('init refuses a path that is a file', async (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  t.match(await run(['init', file]), { code: 2, stderr: /is no folder/ })
})

t.test('what init writes is accepted by check once the key is there, and refused with its name before', async (t) => {
  const folder = temporaryFolder(t)
  await run(['init', folder])
  t.match(await run(['check'], { folder, environment: { OPENAI_API_KEY: 'k' } }), { code: 0 })
  const without = await run(['check'], { folder, environment: { OPENAI_API_KEY: '' } })
  t.equal(without.code, 78)
  t.match(without.stdout + without.stderr, /GW_CONFIG_SECRET.*OPENAI_API_KEY/)
})

t.test('the policy tests that init writes pass', async (t) => {
  const folder = temporaryFolder(t)
  await run(['init', folder])
  t.match(await run(['policy', 'test', 'policy'], { folder }), { code: 0 })
})
