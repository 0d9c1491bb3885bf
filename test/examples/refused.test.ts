import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkConfiguration } from '../../core/config/check.ts'
import { errorTable } from '../../core/errors.ts'
import { packageFile } from '../../core/package.ts'

const folder = packageFile('examples/refused')
const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))

t.ok(files.length >= 15, `${files.length} configurations are refused`)

for (const name of files) {
  t.test(`${name} is refused with the code in its first line, and no other`, async t => {
    const file = join(folder, name)
    const [, code] = /^# (GW_[A-Z_]+)\n/.exec(readFileSync(file, 'utf8')) ?? []
    t.ok(code !== undefined && Object.hasOwn(errorTable, code), `${String(code)} stands in the error table`)
    const { accepted, faults } = await checkConfiguration(file)
    t.equal(accepted, false)
    t.same([...new Set(faults.map(fault => fault.code))], [code], JSON.stringify(faults))
    for (const fault of faults) t.ok(fault.line >= 1 && fault.column >= 1 && fault.fix !== '', `${fault.message}: has a place and a fix`)
  })
}
