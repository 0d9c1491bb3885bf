import type { TestOutcome } from '../../../rego/compiler/compiler.ts'
import { RegoError } from '../../../rego/compiler/compiler.ts'
import { libraryModules } from '../../../rego/library.ts'
import { readPolicyFolder } from '../../../rego/sources.ts'
import { exitCodes, print, type Command } from '../command.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { printFaults } from './faults.ts'
import { folderOf } from './folder.ts'
import { join } from 'node:path'

export const command: Command = {
  name: 'policy test',
  usage: `usage: sallyport policy test DIR [--filter REGEX]

Runs the rules named test_... of a policy folder, with the library beside them: data.gateway.decision is there to be asked.

  --filter REGEX   only tests whose data.PACKAGE.NAME matches

exit codes: 0 all passed, 1 a test failed, or none ran, or the policy has faults, 2 usage

example: sallyport policy test policy`,
  options: { filter: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const dir = folderOf(words)
    const { modules, tests, tenants, data, faults } = readPolicyFolder(dir)
    const filter = words.text('filter')
    try {
      const authored = [...modules, ...[...tenants.values()].flat(), ...tests].map(({ path, text }) => ({ path: join(dir, path), text }))
      const report = await withCompiler(async compiler => await compiler.test({
        modules: [...libraryModules(), ...authored], data, coverage: false, ...filter === null ? {} : { filter }
      }))
      printFaults(faults)
      return summarise(report.tests) && faults.length === 0 ? exitCodes.ok : exitCodes.no
    } catch (thrown) {
      if (!(thrown instanceof RegoError)) throw thrown
      printFaults(thrown.diagnostics)
      return exitCodes.no
    }
  }
}

/** Prints every test that did not pass, and the count. True where some ran and all passed. */
function summarise (tests: readonly TestOutcome[]): boolean {
  const failed = tests.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'skip')
  for (const { file, row, package: name, name: test, outcome, message } of failed) print(`${file}:${row}:1: test_${outcome}: ${name}.${test}${message === '' ? '' : `: ${message}`}`)
  const passed = tests.filter(({ outcome }) => outcome === 'pass').length
  print(`${passed} passed, ${failed.length} failed`)
  return passed > 0 && failed.length === 0
}
