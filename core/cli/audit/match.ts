import { dirname, join, resolve } from 'node:path'
import { matchDecision, type Match, type Sent } from '../../audit/match.ts'
import type { DecisionBody } from '../../audit/record.ts'
import { records } from '../../audit/show.ts'
import { findKey } from '../../enforce/body-keys.ts'
import type { MacKey } from '../../enforce/mac.ts'
import { configurationOption, exitCodes, print, required, UsageError, type Command, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { logFolder, readInput } from './inputs.ts'

export const command: Command = {
  name: 'audit match',
  usage: `usage: sallyport audit match DIR --decision ID --body FILE [--method M] [--path P] [--header 'NAME: VALUE']...
                             [--config FILE] [--hmac-key FILE]

Is this the body that was recorded? Compares it with what was received and what was dispatched, and prints which it is.

  --decision ID     as the header sallyport-decision-id told it
  --body FILE       the very bytes
  --method, --path, --header   http routes: method, path with its query, and the headers the endpoint forwards
  --config FILE     take the MAC key of this configuration's data folder
  --hmac-key FILE   the MAC key, or a folder with it; default the folder keys beside the log

exit codes: 0 the same, 1 another, 2 usage

example: sallyport audit match var/audit --decision 01890a5d-ac96-774b-bcce-b302099a8057 --body sent.json`,
  options: {
    ...configurationOption,
    decision: { type: 'string' },
    body: { type: 'string' },
    method: { type: 'string' },
    path: { type: 'string' },
    header: { type: 'string', multiple: true },
    'hmac-key': { type: 'string' }
  },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const folder = logFolder(words.positionals[0] ?? '')
    const decision = decisionOf(folder, required(words, 'decision'))
    const sent = sentOf(words, decision)
    const isOnRecord = decision.received !== null || decision.dispatched !== null
    const match = isOnRecord ? compare(decision, sent, keyOf(words, folder, decision)) : { received: null, dispatched: null }
    print(`received: ${describe(match.received)}\ndispatched: ${describe(match.dispatched)}`)
    return match.received === true || match.dispatched === true ? exitCodes.ok : exitCodes.no
  }
}

function decisionOf (folder: string, id: string): DecisionBody {
  for (const { record: { body } } of records(folder, { decisionId: id })) if (body.kind === 'decision') return body
  throw new UsageError(`there is no decision ${id} in this log`)
}

function sentOf (words: Words, decision: DecisionBody): Sent {
  const [path = '', ...query] = (words.text('path') ?? '').split('?')
  if (decision.request.protocol === 'http' && path === '') throw new UsageError('--path is required: this decision is of an http route')
  return {
    body: readInput(required(words, 'body')),
    method: words.text('method') ?? decision.request.method,
    path,
    query: query.join('?'),
    headers: words.texts('header').map(headerOf)
  }
}

function headerOf (text: string): readonly [string, string] {
  const border = text.indexOf(':')
  if (border < 1) throw new UsageError(`--header takes 'NAME: VALUE', not '${text}'`)
  return [text.slice(0, border).trim().toLowerCase(), text.slice(border + 1).trim()]
}

function compare (decision: DecisionBody, sent: Sent, key: MacKey): Match {
  try {
    return matchDecision(decision, sent, key)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The key that the record names: in the file given, or somewhere in the folder given. */
function keyOf (words: Words, folder: string, { received, dispatched }: DecisionBody): MacKey {
  const path = words.text('hmac-key') ?? join(dataFolder(words, folder), 'keys')
  const id = (received ?? dispatched)?.mac.split(':')[1] ?? ''
  const key = searchKey(path, id)
  if (key === null) throw new UsageError(`${path} does not hold the MAC key ${id}: name it with --hmac-key`)
  return key
}

function searchKey (path: string, id: string): MacKey | null {
  try {
    return findKey(path, id)
  } catch {
    return null
  }
}

function dataFolder (words: Words, folder: string): string {
  return words.text('config') === null ? dirname(resolve(folder)) : configurationOf(words).data
}

function describe (same: boolean | null): string {
  if (same === null) return 'not on record'
  return same ? 'the same' : 'another'
}
