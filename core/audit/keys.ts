/**
 * The log's key: made once, private to the writer, replaced by rotation. The public half lies beside the log for whoever verifies it.
 *
 *   keys/origin     the log's name, after its first key: it stays when the key does not
 *   keys/log.key    the key that signs
 *   keys/next.key   while a rotation is under way: the key that comes
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder, signingKeyFile, syncFolder, verifierFile, writeDurably } from './folder.ts'
import { newSigningKey, openSigningKey, verifierText, type SigningKey } from './note.ts'
import { openCheckpoint, parseVerifier } from './verify/note.ts'

/** Opens the signing key of an audit folder; the first call makes it (mode 0600, folder 0700). */
export function openLogKey (folder: string): SigningKey {
  const file = signingKeyFile(folder)
  makeFolder(dirname(file))
  if (!existsSync(file)) writeDurably(file, newSigningKey(), 0o600)
  const pem = readFileSync(file, 'utf8')
  const key = openSigningKey(originOf(folder, openSigningKey('', pem).publicKey), pem)
  publish(folder, key)
  return key
}

/** The name of a log: it is named after its first key, so that two logs never share one. */
export function originOf (folder: string, publicKey: Uint8Array): string {
  const file = join(folder, 'keys', 'origin')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const origin = nameAfter(publicKey)
  makeFolder(dirname(file))
  writeDurably(file, `${origin}\n`, 0o600)
  return origin
}

/** The name of a log that begins with this key. */
export function nameAfter (publicKey: Uint8Array): string {
  return `sallyport.log/${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`
}

/** Tells whoever verifies the log by which key. */
export function publish (folder: string, key: SigningKey): void {
  const file = verifierFile(folder)
  const text = `${verifierText(key)}\n`
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeDurably(file, text, 0o644)
}

/** Makes the key that comes. It signs nothing before {@link adoptNextKey}. */
export function makeNextKey (folder: string, { origin }: SigningKey): SigningKey {
  const pem = newSigningKey()
  writeDurably(nextKeyFile(folder), pem, 0o600)
  return openSigningKey(origin, pem)
}

/** The key that came takes the place of the one that goes, which is no more. */
export function adoptNextKey (folder: string, next: SigningKey): void {
  renameSync(nextKeyFile(folder), signingKeyFile(folder))
  syncFolder(dirname(signingKeyFile(folder)))
  publish(folder, next)
}

/**
 * Ends a rotation that a crash cut short: the key that comes is adopted where the log's last note is signed by it, and forgotten where
 * the rotation never became durable. Answers the key that signs from now on.
 */
export function settleRotation (folder: string, key: SigningKey, lastNote: string | null): SigningKey {
  const file = nextKeyFile(folder)
  if (!existsSync(file)) return key
  const next = openSigningKey(key.origin, readFileSync(file, 'utf8'))
  if (lastNote === null || !isSigned(lastNote, next)) {
    rmSync(file)
    return key
  }
  adoptNextKey(folder, next)
  return next
}

function isSigned (note: string, key: SigningKey): boolean {
  try {
    openCheckpoint(note, [parseVerifier(verifierText(key))])
    return true
  } catch {
    return false
  }
}

function nextKeyFile (folder: string): string {
  return join(folder, 'keys', 'next.key')
}
