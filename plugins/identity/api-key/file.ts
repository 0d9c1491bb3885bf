/** The file of API keys: what each stands for, and when. `sallyport keys issue` writes it. */
import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { hashPattern } from './key.ts'

export interface KeyEntry {
  readonly id: string
  /** See {@link hashPattern}. */
  readonly hash: string
  readonly subject: string
  readonly tenant: string | null
  readonly type: 'user' | 'service' | 'agent'
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  /** Times as RFC 3339; null = none. */
  readonly issued: string
  readonly expires: string | null
  readonly revoked: string | null
}

const text = { type: 'string', minLength: 1, maxLength: 1024, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }
const texts = { type: 'array', items: text, uniqueItems: true }
const time = { type: ['string', 'null'] }

const fileSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'hash', 'subject', 'tenant', 'type', 'roles', 'groups', 'issued', 'expires', 'revoked'],
        properties: {
          id: { type: 'string', pattern: '^[0-9a-f]{16}$' },
          hash: { type: 'string', pattern: hashPattern },
          subject: text,
          tenant: { ...text, type: ['string', 'null'] },
          type: { enum: ['user', 'service', 'agent'] },
          roles: texts,
          groups: texts,
          issued: { type: 'string' },
          expires: time,
          revoked: time
        }
      }
    }
  }
}

/** By id. Throws Error for a file that is not in its form: half a list of keys lets nobody in. */
export function readKeys (content: Buffer): ReadonlyMap<string, KeyEntry> {
  const document: unknown = JSON.parse(content.toString('utf8'))
  if (!new Ajv({ strict: false }).validate(fileSchema, document)) throw new Error('the file of API keys is not in its form')
  const { keys } = document as { readonly keys: readonly KeyEntry[] }
  for (const { issued, expires, revoked } of keys) for (const one of [issued, expires, revoked]) timeOf(one)
  const byId = new Map(keys.map(entry => [entry.id, entry]))
  if (byId.size < keys.length) throw new Error('two API keys have one id')
  return byId
}

/** Milliseconds since 1970; null = never. Throws Error for what is no time. */
export function timeOf (time: string | null): number | null {
  if (time === null) return null
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw new Error('a time of an API key is none')
  return ms
}

/** The keys of a file that may not be there yet. */
export async function loadKeys (path: string): Promise<ReadonlyMap<string, KeyEntry>> {
  const content = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  return content === null ? new Map() : readKeys(content)
}

/** Replaces the file whole: a gateway that reads it meanwhile finds the old one or the new. */
export async function saveKeys (path: string, entries: Iterable<KeyEntry>): Promise<void> {
  const beside = `${path}.${randomUUID()}`
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ keys: [...entries] }, null, 2)}\n`)
    await file.sync()
    await rename(beside, path)
  } finally {
    await file.close()
    await rm(beside, { force: true })
  }
}
