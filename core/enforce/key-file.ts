/** Keys of 32 bytes that the gateway keeps in `data/keys`, each in a file of its own, as hex. */
import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface SecretKey {
  /** First 8 hex digits of the key's SHA-256: names the key without telling it. */
  readonly id: string
  readonly secret: KeyObject
}

/** Opens a key file; the first call makes it and its folder (modes 0600 and 0700). Several processes may do so at once: one makes it. */
export function openKeyFile (file: string): SecretKey {
  if (!existsSync(file)) make(file)
  return readKeyFile(file)
}

/** It appears under its name whole and durable, or not at all. */
function make (file: string): void {
  const draft = `${file}.${process.pid}.draft`
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(draft, file)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  }
  rmSync(draft)
}

/** Reads a key file. Throws where it is not 32 bytes in hex. */
export function readKeyFile (file: string): SecretKey {
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error('the key is not 32 bytes in hex')
  const secret = Buffer.from(text, 'hex')
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret: createSecretKey(secret) }
}
