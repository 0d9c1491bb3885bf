import { proveDecision } from '../../audit/evidence.ts'
import { exitCodes, print, required, UsageError, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'

export const command: Command = {
  name: 'audit prove',
  usage: `usage: sallyport audit prove DIR --decision ID

Prints evidence of one decision as one line of JSON: { record, proof }. The proof is a C2SP tlog-proof under the log's
signed checkpoint; audit check-evidence verifies both without the log. Works before the outcome is recorded.

  --decision ID   as the header sallyport-decision-id told it

exit codes: 0 printed, 1 the log cannot be read, 2 usage, or no such decision

example: sallyport audit prove var/audit --decision 01890a5d-ac96-774b-bcce-b302099a8057 > evidence.json`,
  options: { decision: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const id = required(words, 'decision')
    const evidence = proveDecision(logFolder(words.positionals[0] ?? ''), id)
    if (evidence === null) throw new UsageError(`there is no decision ${id} in this log`)
    print(JSON.stringify(evidence))
    return exitCodes.ok
  }
}
