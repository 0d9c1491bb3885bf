import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { decryptTokens, redactionKeyFile } from '../enforce/encryption.ts'
import { readKeyFile, type SecretKey } from '../enforce/key-file.ts'
import { configurationOption, exitCodes, UsageError, type Command, type Words } from './command.ts'
import { configurationOf } from './configuration.ts'

export const command: Command = {
  name: 'decrypt',
  usage: `usage: sallyport decrypt [--config FILE | --key FILE] FILE|-

Prints a text with the values that the redaction operator encrypt put into tokens, for who holds the redaction key.
Tokens of another key, and altered ones, stay as they are.

  --config FILE   the configuration whose data/keys holds the key; default ./sallyport.yaml
  --key FILE      the key itself, or a folder that holds redaction.key

exit codes: 0 every token was read, 1 some were not, 2 usage, 78 the configuration is refused

example: sallyport decrypt --key var/keys answer.txt`,
  options: { ...configurationOption, key: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const key = keyOf(words)
    const [file = '-'] = words.positionals
    const { text, opened, closed } = decryptTokens(key, file === '-' ? await readAll(process.stdin) : readText(file))
    process.stdout.write(text)
    process.stderr.write(`${opened} read, ${closed} not of this key or altered\n`)
    return closed === 0 ? exitCodes.ok : exitCodes.no
  }
}

function keyOf (words: Words): SecretKey {
  const path = words.text('key') ?? join(configurationOf(words).data, 'keys')
  try {
    return readKeyFile(statSync(path).isDirectory() ? join(path, redactionKeyFile) : path)
  } catch {
    throw new UsageError(`${path} holds no redaction key`)
  }
}

function readText (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`there is no file ${file}`)
  }
}
