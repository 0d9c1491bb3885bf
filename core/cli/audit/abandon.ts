import { resolve } from 'node:path'
import { abandonLog } from '../../audit/abandon.ts'
import { exitCodes, print, required, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'

export const command: Command = {
  name: 'audit abandon',
  usage: `usage: sallyport audit abandon DIR --reason TEXT

Sets aside a log that cannot be continued, unchanged and with its key, and lets the next start begin a new one under a new key
and name. The first record of that one names the old log, its known size and the reason. No gateway may be running on it.

  --reason TEXT   why, for the record

exit codes: 0 set aside, 1 a writer holds the log, 2 usage

example: sallyport audit abandon var/audit --reason 'disk failure on 2026-11-25'`,
  options: { reason: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const folder = logFolder(words.positionals[0] ?? '')
    const kept = await abandonLog(resolve(folder), required(words, 'reason'))
    print(`the log was set aside to ${kept}; the next start begins a new one`)
    return exitCodes.ok
  }
}
