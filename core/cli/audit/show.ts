import { describeRecord, records } from '../../audit/show.ts'
import { exitCodes, print, UsageError, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'

export const command: Command = {
  name: 'audit show',
  usage: `usage: sallyport audit show DIR [--decision ID] [--json]

Shows the records of a log, oldest first, one a line. Works beside a running gateway. It verifies nothing: audit verify does.

  --decision ID   that decision and its outcome alone
  --json          each record as it stands in the log

exit codes: 0 shown, 1 the log cannot be read to its end, 2 usage

example: sallyport audit show var/audit --json`,
  options: { decision: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const id = words.text('decision')
    let shown = 0
    for (const { text, record } of records(logFolder(words.positionals[0] ?? ''), id)) {
      print(words.flag('json') ? text : describeRecord(record))
      shown++
    }
    if (shown === 0 && id !== null) throw new UsageError(`there is no decision ${id} in this log`)
    return exitCodes.ok
  }
}
