import { configurationOption, exitCodes, print, type Command } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { verifierKeyOf } from '../verifier-key.ts'

export const command: Command = {
  name: 'keys show',
  usage: `usage: sallyport keys show [--config FILE]

Prints the note verifier key of the log, alone on a line: the public key that verifies everything it holds. Keep it away
from the machine that writes the log; that text in a file is what --key takes.

  --config FILE   the configuration; default ./sallyport.yaml

exit codes: 0 printed, 1 there are no keys yet, 2 usage, 78 the configuration is refused

example: sallyport keys show > log.key`,
  options: configurationOption,
  positionals: { least: 0, most: 0 },
  async run (words) {
    print(await verifierKeyOf(configurationOf(words).data))
    return exitCodes.ok
  }
}
