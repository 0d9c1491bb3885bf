import { required, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'
import { order } from './order.ts'

export const command: Command = {
  name: 'audit hold',
  usage: `usage: sallyport audit hold DIR --reason TEXT [--lift]

Sets a legal hold on a log, or lifts it: while it is set nothing is pruned. Either way it is on record.

  --reason TEXT   why, for the record
  --lift          lifts the hold

exit codes: 0 done, or will be when a gateway starts, 1 refused, 2 usage

example: sallyport audit hold var/audit --reason 'case 2026-114'`,
  options: { reason: { type: 'string' }, lift: { type: 'boolean' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const held = !words.flag('lift')
    const folder = logFolder(words.positionals[0] ?? '')
    return await order(folder, { kind: 'hold', held, reason: required(words, 'reason') }, held ? 'the hold is set, and on record' : 'the hold is lifted, and on record')
  }
}
