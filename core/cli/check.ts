import { checkConfiguration } from '../config/check.ts'
import { configurationOption, exitCodes, print, type Command } from './command.ts'
import { configurationFile } from './configuration.ts'
import { describeFault, shortPath } from './faults.ts'
import { proofTable, type Proof } from '../pipeline/proof.ts'

export const command: Command = {
  name: 'check',
  usage: `usage: sallyport check [--config FILE] [--json]

Proves a configuration: decodes it strictly, finds its plugins, and follows every pipeline as data flow. Prints the proof
of each pipeline, or every fault at once with its place and what would cure it.

  --config FILE   the configuration; default ./sallyport.yaml
  --json          { accepted, faults, pipelines } as JSON

exit codes: 0 accepted, 2 usage, 78 refused

example: sallyport check --config gateway/sallyport.yaml`,
  options: { ...configurationOption, json: { type: 'boolean' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const file = configurationFile(words)
    const checked = await checkConfiguration(file)
    if (words.flag('json')) print(JSON.stringify({ accepted: checked.accepted, faults: checked.faults, pipelines: checked.pipelines }, null, 2))
    else print(checked.accepted ? accepted(file, checked.pipelines) : checked.faults.map(describeFault).join('\n'))
    return checked.accepted ? exitCodes.ok : exitCodes.refused
  }
}

/** The proof of every pipeline, as a table. */
function accepted (file: string, pipelines: Readonly<Record<string, Proof>>): string {
  return [`${shortPath(file)} is accepted`, ...Object.entries(pipelines).map(([name, proof]) => proofTable(name, proof))].join('\n\n')
}
