/** Adds members to a JSON object; no byte of what is there changes. */
import { readJson, type JsonNode } from './json.ts'

/** The very bytes where they are no JSON object. A member that is there already stays what it is. */
export function withMembers (body: Uint8Array, members: Readonly<Record<string, unknown>>): Uint8Array {
  const root = read(body)
  if (root?.kind !== 'object') return body
  const taken = new Set(root.members.map(({ key }) => key.text))
  const added = Object.entries(members).filter(([name]) => !taken.has(name)).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  if (added.length === 0) return body
  const before = root.members.length === 0 ? '' : ','
  return Buffer.concat([body.subarray(0, root.end - 1), Buffer.from(before + added.join(',')), body.subarray(root.end - 1)])
}

function read (body: Uint8Array): JsonNode | null {
  try {
    return readJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  } catch {
    return null
  }
}
