/** The log's key pair: made once, private to the writer. The public half lies beside the log for whoever verifies it. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, signingKeyFile, verifierFile, writeDurably } from './folder.ts'
import { newSigningKey, openSigningKey, verifierText, type SigningKey } from './note.ts'

/** Opens the signing key of an audit folder; the first call makes it (mode 0600, folder 0700). */
export function openLogKey (folder: string): SigningKey {
  const file = signingKeyFile(folder)
  makeFolder(dirname(file))
  if (!existsSync(file)) writeDurably(file, newSigningKey(), 0o600)
  const pem = readFileSync(file, 'utf8')
  const key = openSigningKey(originOf(openSigningKey('', pem).publicKey), pem)
  publish(folder, `${verifierText(key)}\n`)
  return key
}

function publish (folder: string, text: string): void {
  const file = verifierFile(folder)
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeDurably(file, text, 0o644)
}

/** A log is named after its first key: two logs never share a name. */
function originOf (publicKey: Uint8Array): string {
  return `sallyport.log/${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`
}
