import { join } from 'node:path'
import { configurationOption, type Command } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { order } from '../audit/order.ts'

export const command: Command = {
  name: 'keys rotate',
  usage: `usage: sallyport keys rotate [--config FILE]

Replaces the key that signs the log. A running gateway's writer does it within a second, without a pause; otherwise the next start
does. The log announces the new key, signed by both: whoever has either of them verifies the whole log. The old one is deleted.

  --config FILE   the configuration; default ./sallyport.yaml

exit codes: 0 done, or will be when a gateway starts, 1 refused, 2 usage, 78 the configuration is refused

example: sallyport keys rotate`,
  options: configurationOption,
  positionals: { least: 0, most: 0 },
  async run (words) {
    return await order(join(configurationOf(words).data, 'audit'), { kind: 'rotate' }, 'the new key signs: sallyport keys show prints it')
  }
}
