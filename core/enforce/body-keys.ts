/**
 * The keys of the MACs that stand for bodies in records, and of pseudonyms there: one for each tenant and calendar month (UTC). Whoever
 * holds one can test guesses of what was said; once its file is destroyed nobody can, and the log stays whole.
 *
 *   keys/bodies/<tenant>/<year>-<month>.key
 */
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openKeyFile, readKeyFile, type SecretKey } from './key-file.ts'

/** Names of files may not be longer. */
const longestName = 200

export class BodyKeys {
  readonly #folder: string
  /** Of this month, by tenant; few, and they stay. */
  readonly #keys = new Map<string | null, SecretKey>()
  #month = ''
  #endMs = 0

  /** @param folder where the gateway keeps its keys */
  constructor (folder: string) {
    this.#folder = folder
  }

  /** The tenant's key at that time; its first use makes it. Throws where it can be neither made nor read. */
  of (tenant: string | null, nowMs: number): SecretKey {
    if (nowMs >= this.#endMs) this.#turn(nowMs)
    const known = this.#keys.get(tenant)
    if (known !== undefined) return known
    const key = openKeyFile(join(this.#folder, 'bodies', folderOf(tenant), `${this.#month}.key`))
    this.#keys.set(tenant, key)
    return key
  }

  #turn (nowMs: number): void {
    const now = new Date(nowMs)
    this.#keys.clear()
    this.#month = now.toISOString().slice(0, 7)
    this.#endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
  }
}

/** A tenant's folder: its name where that can be one, so that an operator finds what to destroy. */
function folderOf (tenant: string | null): string {
  if (tenant === null) return 'none'
  const name = `tenant=${encodeURIComponent(tenant.toWellFormed())}`
  return name.length <= longestName ? name : `tenant~${createHash('sha256').update(tenant).digest('hex')}`
}

/** The key of that id: in a file, or somewhere in a folder, among whatever else lies there. Null where it is not. */
export function findKey (path: string, id: string): SecretKey | null {
  for (const file of filesIn(path)) {
    const key = keyIn(file)
    if (key?.id === id) return key
  }
  return null
}

function filesIn (path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.key')).map(name => join(path, name))
}

function keyIn (file: string): SecretKey | null {
  try {
    return readKeyFile(file)
  } catch {
    return null // a key of another kind
  }
}
