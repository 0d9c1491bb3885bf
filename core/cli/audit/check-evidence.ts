import { checkEvidence, parseEvidence } from '../../audit/verify/evidence.ts'
import { describeRecord } from '../../audit/show.ts'
import { exitCodes, print, required, type Command } from '../command.ts'
import { readInput, readKeys } from './inputs.ts'

export const command: Command = {
  name: 'audit check-evidence',
  usage: `usage: sallyport audit check-evidence FILE --key FILE

Verifies what audit prove printed, with the public key alone: that the record is the one the log signed, unchanged.

  --key FILE   what keys show printed; several lines are several keys

exit codes: 0 it stands, 1 it does not, 2 usage

example: sallyport audit check-evidence evidence.json --key log.key`,
  options: { key: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const keys = readKeys(required(words, 'key'))
    const { record, checkpoint } = checkEvidence(parseEvidence(readInput(words.positionals[0] ?? '').toString('utf8')), keys)
    print(`the evidence stands: signed by ${checkpoint.origin} in a tree of ${checkpoint.size} records\n${describeRecord(record)}`)
    return exitCodes.ok
  }
}
