import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { loadKeys, saveKeys, timeOf, type KeyEntry } from '../../../plugins/identity/api-key/file.ts'
import { hashKey, newKey } from '../../../plugins/identity/api-key/key.ts'
import { durationMs } from '../../config/duration.ts'
import { configurationOption, exitCodes, print, tell, UsageError, type Command, type Words } from '../command.ts'
import { apiKeyFileOf } from './api-keys.ts'

export const command: Command = {
  name: 'keys issue',
  usage: `usage: sallyport keys issue --subject NAME [--tenant NAME] [--role NAME]... [--group NAME]... [--type TYPE]
                            [--expires DURATION] [--replaces ID [--overlap DURATION]] [--config FILE] [--file FILE]

Issues an API key for identity.api_key. Prints it once: the file keeps a keyed digest. A running gateway takes it in a second.

  --subject NAME       for whom; with --replaces that of the key replaced
  --tenant, --role, --group, --type   what it stands for; role and group may be repeated; the type is user, service or agent, default service
  --expires DURATION   such as 90d; default: it does not expire
  --replaces ID        a key with the same meaning, which then expires after the overlap
  --overlap DURATION   for how long both are taken; default 7d
  --config FILE        the configuration that names the file; default ./sallyport.yaml
  --file FILE          the file itself, where there is no configuration or it names several

exit codes: 0 issued, 1 it cannot be, 2 usage, 78 the configuration is refused

example: sallyport keys issue --file api-keys.json --subject nightly-batch --tenant acme --role batch --expires 90d`,
  options: {
    ...configurationOption,
    file: { type: 'string' },
    subject: { type: 'string' },
    tenant: { type: 'string' },
    role: { type: 'string', multiple: true },
    group: { type: 'string', multiple: true },
    type: { type: 'string' },
    expires: { type: 'string' },
    replaces: { type: 'string' },
    overlap: { type: 'string' }
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const nowMs = Date.now()
    const { path, pepper } = apiKeyFileOf(words)
    const entries = new Map(await loadKeys(path))
    const replaced = replacedEntry(words, entries)
    const { id, text } = newKey()
    const entry: KeyEntry = { ...meaningOf(words, replaced), id, hash: hashKey(text, pepper), issued: textOf(nowMs), expires: laterThan(words, 'expires', nowMs), revoked: null }
    if (replaced !== null) entries.set(replaced.id, { ...replaced, expires: earlier(replaced.expires, nowMs + spanOf(words, 'overlap', '7d')) })
    entries.set(id, entry)
    await mkdir(dirname(path), { recursive: true })
    await saveKeys(path, entries.values())
    tell(`key ${id} for ${entry.subject}${entry.expires === null ? '' : `, until ${entry.expires}`}: it is shown this once`)
    print(text)
    return exitCodes.ok
  }
}

function replacedEntry (words: Words, entries: ReadonlyMap<string, KeyEntry>): KeyEntry | null {
  const id = words.text('replaces')
  const entry = id === null ? null : entries.get(id)
  if (entry === undefined) throw new UsageError(`there is no key ${id ?? ''}`)
  return entry
}

type Meaning = Pick<KeyEntry, 'subject' | 'tenant' | 'type' | 'roles' | 'groups'>

/** What the words say; a key that replaces another stands for the same. */
function meaningOf (words: Words, replaced: KeyEntry | null): Meaning {
  const said = ['subject', 'tenant', 'type'].filter(name => words.text(name) !== null).concat(['role', 'group'].filter(name => words.texts(name).length > 0))
  if (replaced !== null) {
    if (said.length > 0) throw new UsageError(`a key that replaces another stands for the same: leave out --${said.join(' and --')}`)
    const { subject, tenant, type, roles, groups } = replaced
    return { subject, tenant, type, roles, groups }
  }
  const subject = words.text('subject')
  if (subject === null) throw new UsageError('--subject is required')
  return { subject, tenant: words.text('tenant'), type: typeOf(words.text('type') ?? 'service'), roles: [...new Set(words.texts('role'))], groups: [...new Set(words.texts('group'))] }
}

function typeOf (text: string): KeyEntry['type'] {
  if (text === 'user' || text === 'service' || text === 'agent') return text
  throw new UsageError(`--type ${text} is none of user, service and agent`)
}

function laterThan (words: Words, name: string, nowMs: number): string | null {
  return words.text(name) === null ? null : textOf(nowMs + spanOf(words, name, ''))
}

function spanOf (words: Words, name: string, fallback: string): number {
  const text = words.text(name) ?? fallback
  try {
    return durationMs(text)
  } catch {
    throw new UsageError(`--${name} ${text} is no duration, such as 90d`)
  }
}

function earlier (time: string | null, ms: number): string {
  const before = timeOf(time)
  return textOf(before === null ? ms : Math.min(before, ms))
}

function textOf (ms: number): string {
  return new Date(ms).toISOString()
}
