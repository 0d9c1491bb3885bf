import { required, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'
import { order } from './order.ts'
import { timeOf } from './time.ts'

export const command: Command = {
  name: 'audit prune',
  usage: `usage: sallyport audit prune DIR --before TIME --reason TEXT

Removes whole segments at the beginning of a log, those whose records are all older. Their hashes stay, and every proof of what is
left still verifies. The log's writer does it, and records it first; it refuses while a legal hold is set, or a decision there is open.

  --before TIME   2026-05-25 or 2026-05-25T10:00:00Z
  --reason TEXT   why, for the record

exit codes: 0 done, or will be when a gateway starts, 1 refused, 2 usage

example: sallyport audit prune var/audit --before 2026-05-25 --reason 'retention of 184 days'`,
  options: { before: { type: 'string' }, reason: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const folder = logFolder(words.positionals[0] ?? '')
    required(words, 'before')
    const beforeUs = timeOf(words, 'before') ?? 0
    return await order(folder, { kind: 'prune', before_us: beforeUs, reason: required(words, 'reason') }, 'pruned, and on record')
  }
}
