import { configurationOption, exitCodes, print, type Command } from '../command.ts'
import { shortPath } from '../faults.ts'
import { printFaults, tellWarnings } from './faults.ts'
import { buildFolder, folderOf } from './folder.ts'

export const command: Command = {
  name: 'policy check',
  usage: `usage: sallyport policy check DIR [--config FILE]

Checks a policy folder: every fault of every file, one a line as file:row:column: code: message. With a configuration, what
rules write out (endpoints, levels) is held against it, and endpoints that no rule can permit are told. What is only a
warning (no tests, no METADATA) goes to standard error.

  --config FILE   the configuration; default ./sallyport.yaml where there is one

exit codes: 0 accepted, 1 faults, 2 usage, 78 the configuration is refused

example: sallyport policy check policy --config sallyport.yaml`,
  options: configurationOption,
  positionals: { least: 1, most: 1 },
  async run (words) {
    const { policy, faults, findings, warnings } = await buildFolder(words)
    printFaults([...faults, ...findings])
    tellWarnings(warnings)
    if (policy === null || findings.length > 0) return exitCodes.no
    print(`${shortPath(folderOf(words))} is accepted as ${policy.version.version}`)
    return exitCodes.ok
  }
}
