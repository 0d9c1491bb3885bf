import { existsSync } from 'node:fs'
import { describeRecord, followRecords, records, type Selection, type ShownRecord } from '../../audit/show.ts'
import { exitCodes, print, UsageError, type Command, type Words } from '../command.ts'
import { logFolder } from './inputs.ts'
import { timeOf } from './time.ts'

export const command: Command = {
  name: 'audit show',
  usage: `usage: sallyport audit show DIR [--decision ID] [--effect EFFECT] [--tenant T] [--subject S] [--end END]
                            [--since TIME] [--until TIME] [--hmac-key FILE] [--follow] [--json]

Shows the records of a log, oldest first, one a line. Works beside a running gateway. It verifies nothing: audit verify does.

  --decision ID     that decision and its outcome alone
  --effect EFFECT   permit, redact or deny: decisions of that kind, and their outcomes
  --tenant, --subject   whose decisions, and their outcomes
  --hmac-key FILE   finds a --subject behind its pseudonym too: the key, or a folder with it
  --end END         outcomes that ended so: ok, blocked, client_gone, crash_unknown, ...
  --since, --until  from a time, and before one: 2026-11-25 or 2026-11-25T10:00:00Z
  --follow          goes on with what is added, until it is interrupted
  --json            each record as it stands in the log

exit codes: 0 shown, 1 the log cannot be read to its end, 2 usage, or no such decision

example: sallyport audit show var/audit --effect deny --since 2026-11-25 --json`,
  options: {
    decision: { type: 'string' },
    effect: { type: 'string' },
    tenant: { type: 'string' },
    subject: { type: 'string' },
    end: { type: 'string' },
    'hmac-key': { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    follow: { type: 'boolean' },
    json: { type: 'boolean' }
  },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const folder = logFolder(words.positionals[0] ?? '')
    const selection = selectionOf(words)
    const show = ({ text, record }: ShownRecord): void => { print(words.flag('json') ? text : describeRecord(record)) }
    if (words.flag('follow')) {
      for await (const shown of followRecords(folder, selection, interrupted())) show(shown)
      return exitCodes.ok
    }
    let count = 0
    for (const shown of records(folder, selection)) {
      show(shown)
      count++
    }
    const { decisionId } = selection
    if (count === 0 && typeof decisionId === 'string') throw new UsageError(`there is no decision ${decisionId} in this log`)
    return exitCodes.ok
  }
}

const effects = ['permit', 'redact', 'deny']

function selectionOf (words: Words): Selection {
  const effect = words.text('effect')
  if (effect !== null && !effects.includes(effect)) throw new UsageError(`--effect takes ${effects.join(', ')}`)
  return {
    decisionId: words.text('decision'),
    effect,
    tenant: words.text('tenant'),
    subject: words.text('subject'),
    keys: keysOf(words),
    end: words.text('end'),
    sinceUs: timeOf(words, 'since'),
    untilUs: timeOf(words, 'until')
  }
}

function keysOf (words: Words): string | null {
  const path = words.text('hmac-key')
  if (path !== null && !existsSync(path)) throw new UsageError(`${path} cannot be read`)
  return path
}

function interrupted (): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { controller.abort() })
  return controller.signal
}
