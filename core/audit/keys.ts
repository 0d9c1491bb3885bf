/** The log's own key: it belongs to the writer, and the gateway process never opens it. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSigningKey, openSigningKey, verifierText, type SigningKey } from './note.ts'

/** The public half lies beside the log, for `keys show`. */
export function verifierFile (folder: string): string {
  return join(folder, 'log.vkey')
}

/** Opens the signing key of a log; the first call makes it (mode 0600), with an origin of its own. */
export function openLogKey (folder: string): SigningKey {
  const keys = join(folder, 'keys')
  mkdirSync(keys, { recursive: true, mode: 0o700 })
  const origin = readOrMake(join(keys, 'origin'), () => `sallyport-${randomBytes(8).toString('hex')}\n`).trim()
  const key = openSigningKey(origin, readOrMake(join(keys, 'signing.pem'), newSigningKey))
  writeFileSync(verifierFile(folder), `${verifierText(key)}\n`)
  return key
}

function readOrMake (file: string, make: () => string): string {
  try {
    writeFileSync(file, make(), { mode: 0o600, flag: 'wx', flush: true })
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  }
  return readFileSync(file, 'utf8')
}
