import { createHash } from 'node:crypto'

/** `sha256:<hex>` over the JSON text of a value whose key order its maker fixed. */
export function digestOf (value: unknown): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`
}
