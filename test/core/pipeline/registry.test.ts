import t from 'tap'
import { join } from 'node:path'
import { loadParts, makeRegistry } from '../../../core/pipeline/registry.ts'
import { temporaryFolder, writeFiles } from '../../helpers/folder.ts'

const plugin = (name: string): string => `{ name: '${name}', version: '1', phase: 'classify', reads: ['prompt'], provides: ['classification'], configSchema: {}, setup () {} }`

t.test('a module gives one part or a list of them', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, {
    'one.mjs': `export default ${plugin('classify.one')}`,
    'list.mjs': `export default [${plugin('classify.two')}, { name: 'spoken', version: '1', methods: ['POST'], read () {}, edit () {}, readAnswer () {}, error () {} }, { name: 'reached', version: '1', protocols: ['spoken'], address () {} }]`
  })
  const registry = makeRegistry(await loadParts(join(folder, 'one.mjs')), await loadParts(join(folder, 'list.mjs')))
  t.same(registry.names, { plugins: ['classify.one', 'classify.two'], protocols: ['spoken'], providers: ['reached'] })
  t.equal(registry.plugin('classify.three'), undefined)
})

t.test('what is no part is refused, a phase that does not exist and a name outside it too', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, {
    'nothing.mjs': 'export const other = 1',
    'phase.mjs': `export default ${plugin('classify.x').replace("phase: 'classify'", "phase: 'constructor'")}`,
    'name.mjs': `export default ${plugin('policy.x')}`,
    'broken.mjs': 'throw new Error("at load")'
  })
  for (const name of ['nothing', 'phase', 'name']) await t.rejects(loadParts(join(folder, `${name}.mjs`)), { message: /no plugin, protocol or provider/ }, name)
  await t.rejects(loadParts(join(folder, 'broken.mjs')), { message: 'at load' })
  await t.rejects(loadParts(join(folder, 'missing.mjs')))
})

t.test('two parts of one name are refused: nobody replaces a shipped plugin', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'one.mjs': `export default ${plugin('classify.one')}` })
  const parts = await loadParts(join(folder, 'one.mjs'))
  t.throws(() => makeRegistry(parts, parts), { message: 'two plugins are named classify.one' })
})
