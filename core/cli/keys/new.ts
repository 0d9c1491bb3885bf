import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../audit/folder.ts'
import { openLogKey } from '../../audit/keys.ts'
import { openRedactionKey } from '../../enforce/encryption.ts'
import { openMacKey } from '../../enforce/mac.ts'
import { configurationOption, exitCodes, print, type Command } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { verifierKeyOf } from '../verifier-key.ts'

export const command: Command = {
  name: 'keys new',
  usage: `usage: sallyport keys new [--config FILE]

Makes the keys that the first start would make: the log's signing key, and the gateway's MAC and redaction keys. Keys that
are there already stay as they are. Prints the public key that verifies the log.

  --config FILE   the configuration; default ./sallyport.yaml

exit codes: 0 the keys are there, 2 usage, 78 the configuration is refused

example: sallyport keys new > log.key`,
  options: configurationOption,
  positionals: { least: 0, most: 0 },
  async run (words) {
    const { data } = configurationOf(words)
    mkdirSync(data, { recursive: true, mode: 0o700 })
    makeFolder(join(data, 'audit'))
    openLogKey(join(data, 'audit'))
    openMacKey(join(data, 'keys'))
    openRedactionKey(join(data, 'keys'))
    print(await verifierKeyOf(data))
    return exitCodes.ok
  }
}
