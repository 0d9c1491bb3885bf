import { loadKeys, saveKeys } from '../../../plugins/identity/api-key/file.ts'
import { configurationOption, exitCodes, tell, UsageError, type Command } from '../command.ts'
import { apiKeyFileOf } from './api-keys.ts'

export const command: Command = {
  name: 'keys revoke',
  usage: `usage: sallyport keys revoke ID [--config FILE] [--file FILE]

Revokes an API key from now on. A running gateway refuses it within a second. The entry stays in the file, so that its id
and what it stood for can still be told.

  --config FILE   the configuration that names the file; default ./sallyport.yaml
  --file FILE     the file itself, where there is no configuration or it names several

exit codes: 0 revoked, 2 usage or no such key, 78 the configuration is refused

example: sallyport keys revoke 8c1f0a5b7d3e2946 --file api-keys.json`,
  options: { ...configurationOption, file: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const [id = ''] = words.positionals
    const { path } = apiKeyFileOf(words)
    const entries = new Map(await loadKeys(path))
    const entry = entries.get(id)
    if (entry === undefined) throw new UsageError(`there is no key ${id}`)
    if (entry.revoked === null) entries.set(id, { ...entry, revoked: new Date().toISOString() })
    await saveKeys(path, entries.values())
    tell(`key ${id} for ${entry.subject} is revoked`)
    return exitCodes.ok
  }
}
