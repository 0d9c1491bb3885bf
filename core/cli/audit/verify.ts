import { checkEvidence, parseEvidence, type Proven } from '../../audit/evidence.ts'
import type { VerifierKey } from '../../audit/note.ts'
import { verifyLog, type Verification } from '../../audit/verify.ts'
import { exitCodes, print, required, UsageError, type Command } from '../command.ts'
import { logFolder, readInput, readKeys } from './inputs.ts'

export const command: Command = {
  name: 'audit verify',
  usage: `usage: sallyport audit verify DIR --key FILE [--receipts FILE] [--json]

Verifies a log, live or a copy: every frame, record, checkpoint and signature, and that each permit has one outcome inside
what was permitted. A tail that was cut off shows only against receipts that others hold.

  --key FILE        what keys show printed; several lines are several keys
  --receipts FILE   what audit prove printed earlier, one a line: all of it must be in this log
  --json            { result, size, root, open, violations, broken } as JSON

exit codes: 0 intact, 1 broken or violated, 2 usage

example: sallyport audit verify var/audit --key log.key`,
  options: { key: { type: 'string' }, receipts: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const keys = readKeys(required(words, 'key'))
    const receipts = words.text('receipts')
    const verification = verifyLog(logFolder(words.positionals[0] ?? ''), keys, receipts === null ? [] : readReceipts(receipts, keys))
    print(words.flag('json') ? JSON.stringify(verification) : describe(verification))
    return verification.broken === null && verification.violations.length === 0 ? exitCodes.ok : exitCodes.no
  }
}

function readReceipts (path: string, keys: readonly VerifierKey[]): Proven[] {
  const lines = readInput(path).toString('utf8').split('\n')
  return lines.flatMap((line, index) => line.trim() === '' ? [] : [readReceipt(line, keys, `${path}:${index + 1}`)])
}

function readReceipt (line: string, keys: readonly VerifierKey[], place: string): Proven {
  try {
    return checkEvidence(parseEvidence(line), keys)
  } catch (error) {
    throw new UsageError(`${place}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const meanings = {
  BROKEN: 'BROKEN: the log was damaged or altered',
  'INTACT-FILE': 'INTACT-FILE: the log is intact as far as it goes; whether its end was cut off, receipts or witnesses tell',
  ANCHORED: 'ANCHORED: the log is intact and holds all that the receipts prove'
} as const

function describe ({ result, size, root, open, violations, broken }: Verification): string {
  return [
    meanings[result],
    ...(broken === null ? [] : [`  ${broken.what}`, `  at ${broken.where}`]),
    `${size} records verified, root ${root}`,
    ...(open.length === 0 ? [] : [`${open.length} permits without an outcome yet: ${open.join(', ')}`]),
    ...violations.map(({ what, index }) => `violation at record ${index}: ${what}`)
  ].join('\n')
}
