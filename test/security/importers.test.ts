/** Sealed values are worth what their makers are: only the modules named here may import what mints them. */
import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageFile } from '../../core/package.ts'

const makers: Readonly<Record<string, readonly string[]>> = {
  mintPermit: ['core/enforce/authority.ts'],
  mintReceipt: ['core/audit/client.ts'],
  sealDispatch: ['core/exchange/attempt.ts']
}

const sources = ['core', 'plugins'].flatMap(folder => readdirSync(packageFile(folder), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join(folder, name)))

for (const [maker, allowed] of Object.entries(makers)) {
  t.test(`${maker} is imported by ${allowed.join(', ')} alone`, async t => {
    const importers = sources.filter(file => importsOf(file).some(names => names.includes(maker)))
    t.same(importers, allowed)
  })
}

t.test('no plugin imports one of another phase, and the core imports plugins at its composition root alone', async t => {
  const foreign = sources.filter(file => file.startsWith('plugins/') && file !== 'plugins/index.ts').filter(file => {
    const phase = file.split('/').slice(0, 2).join('/')
    return pathsOf(file).map(path => join(dirname(file), path)).some(path => path.startsWith('plugins/') && !path.startsWith(`${phase}/`))
  })
  t.same(foreign, [])
  const roots = sources.filter(file => file.startsWith('core/') && pathsOf(file).some(path => path.includes('plugins/')))
  t.same(roots.filter(file => !file.startsWith('core/cli/')), ['core/config/check.ts'])
})

function importsOf (file: string): string[][] {
  return [...readFileSync(packageFile(file), 'utf8').matchAll(/^import (?:type )?\{([^}]*)\} from/gm)].map(([, names = '']) => names.split(',').map(name => name.replace(/^\s*type\s+/, '').trim()))
}

function pathsOf (file: string): string[] {
  return [...readFileSync(packageFile(file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, path = '']) => path)
}
