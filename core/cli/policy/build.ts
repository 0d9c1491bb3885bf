import { writeFileSync } from 'node:fs'
import { configurationOption, exitCodes, print, required, type Command } from '../command.ts'
import { packPolicy } from '../../../rego/archive.ts'
import { printFaults, tellWarnings } from './faults.ts'
import { buildFolder } from './folder.ts'

export const command: Command = {
  name: 'policy build',
  usage: `usage: sallyport policy build DIR [--config FILE] --output FILE

Compiles a policy folder into a bundle (.tar.gz): policy.wasm, data.json and .manifest; with rules of tenants, a
tenants/NAME/policy.wasm for each. The same sources make the same bytes. Prints the policy version.

  --config FILE   the configuration whose endpoints, models and tenants the data holds; default ./sallyport.yaml where there is one
  --output FILE   where the bundle goes

exit codes: 0 built, 1 faults, 2 usage, 78 the configuration is refused

example: sallyport policy build policy --output policy.tar.gz`,
  options: { ...configurationOption, output: { type: 'string', short: 'o' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const output = required(words, 'output')
    const { policy, faults, findings, warnings } = await buildFolder(words)
    printFaults(faults)
    tellWarnings([...findings, ...warnings])
    if (policy === null) return exitCodes.no
    writeFileSync(output, packPolicy(policy))
    print(policy.version.version)
    return exitCodes.ok
  }
}
