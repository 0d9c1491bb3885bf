import { hash } from 'node:crypto'

/** `sha256:<hex>` over the JSON text of a value whose key order its maker fixed. */
export function digestOf (value: unknown): string {
  return `sha256:${hash('sha256', JSON.stringify(value), 'hex')}`
}
