import { checkEvidence, parseEvidence, type Proven } from '../../audit/verify/evidence.ts'
import { openCheckpoint, type VerifierKey } from '../../audit/verify/note.ts'
import { verifyLog, type Held, type Verification } from '../../audit/verify/verify.ts'
import { exitCodes, print, required, UsageError, type Command, type Words } from '../command.ts'
import { logOrTiles, readInput, readKeys } from './inputs.ts'

export const command: Command = {
  name: 'audit verify',
  usage: `usage: sallyport audit verify DIR --key FILE [--receipts FILE] [--cosigned FILE]... [--witnesses FILE [--quorum N]] [--json]

Verifies a log, live or a copy, or its exported tiles: every frame, record, checkpoint and signature, and that each permit has one
outcome inside what was permitted. A tail that was cut off shows only against what others hold: receipts, or heads that witnesses cosigned.

  --key FILE         what keys show printed; several lines are several keys; one that was revoked ends in until=SIZE
  --receipts FILE    what audit prove printed earlier, one a line: all of it must be in this log
  --cosigned FILE    a head that audit witness cosigned: this log must go on from it
  --witnesses FILE   keys of the witnesses, one a line
  --quorum N         how many of them must have cosigned a head; default 1
  --json             { result, size, root, open, violations, broken, pruned, witnessed } as JSON

exit codes: 0 intact, 1 broken or violated, 2 usage

example: sallyport audit verify var/audit --key log.key`,
  options: { key: { type: 'string' }, receipts: { type: 'string' }, cosigned: { type: 'string', multiple: true }, witnesses: { type: 'string' }, quorum: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const keys = readKeys(required(words, 'key'))
    const startedMs = performance.now()
    const verification = verifyLog(logOrTiles(words.positionals[0] ?? ''), keys, readHeld(words, keys))
    const perSecond = verification.size / (performance.now() - startedMs) * 1000
    print(words.flag('json') ? JSON.stringify(verification) : `${describe(verification)}\n${Math.round(perSecond)} records a second`)
    return verification.broken === null && verification.violations.length === 0 ? exitCodes.ok : exitCodes.no
  }
}

function readHeld (words: Words, keys: readonly VerifierKey[]): Held {
  const [receipts, witnesses] = [words.text('receipts'), words.text('witnesses')]
  const quorum = Number(words.text('quorum') ?? 1)
  if (!Number.isSafeInteger(quorum) || quorum < 1) throw new UsageError('--quorum takes a number from 1')
  const cosigned = words.texts('cosigned')
  if (cosigned.length > 0 && witnesses === null) throw new UsageError('--witnesses is required with --cosigned')
  return {
    receipts: receipts === null ? [] : readReceipts(receipts, keys),
    cosigned: cosigned.map(path => readNote(path, keys)),
    witnesses: witnesses === null ? [] : readKeys(witnesses),
    quorum
  }
}

/** A head, signed by the log. Throws {@link UsageError} for anything else. */
function readNote (path: string, keys: readonly VerifierKey[]): string {
  const note = readInput(path).toString('utf8')
  try {
    openCheckpoint(note, keys)
    return note
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
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
  ANCHORED: 'ANCHORED: the log is intact and holds all that the receipts prove',
  WITNESSED: 'WITNESSED: the log is intact, and goes on from a head that witnesses cosigned'
} as const

function describe ({ result, size, root, open, violations, broken, pruned, witnessed }: Verification): string {
  return [
    meanings[result],
    ...(broken === null ? [] : [`  ${broken.what}`, `  at ${broken.where}`]),
    `${size - pruned} records verified, root ${root}`,
    ...(pruned === 0 ? [] : [`${pruned} records before them were pruned: their hashes are verified`]),
    ...(witnessed === null ? [] : [`the first ${witnessed.size} records are cosigned by ${witnessed.by.join(', ')}`]),
    ...(open.length === 0 ? [] : [`${open.length} permits without an outcome yet: ${open.join(', ')}`]),
    ...violations.map(({ what, index }) => `violation at record ${index}: ${what}`)
  ].join('\n')
}
