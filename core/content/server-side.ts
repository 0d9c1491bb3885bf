/** Names of what an endpoint does on its own side, as policies read them (CONTRACT 4). */
import type { JsonNode } from './json.ts'

/** `web_search_preview_2025_03_11` is `web_search`. What is no plain name is not repeated. */
export function plainName (type: string | null): string {
  const name = (type ?? '').toLowerCase().replace(/[_-]\d{4}[_-]?\d{2}[_-]?\d{2}$/, '').replace(/_preview$/, '')
  return /^[a-z][a-z0-9_.-]{0,63}$/.test(name) ? name : 'unknown'
}

/** `remote:<host>` for every URL below: MCP servers, search services. */
export function remoteHosts (node: JsonNode): string[] {
  switch (node.kind) {
    case 'string': return isUrl(node.text) ? [`remote:${hostOf(node.text)}`] : []
    case 'array': return node.items.flatMap(remoteHosts)
    case 'object': return node.members.flatMap(({ value }) => remoteHosts(value))
    default: return []
  }
}

function isUrl (text: string): boolean {
  return /^\s{0,16}[a-z][a-z0-9+.-]{0,31}:\/\//i.test(text)
}

function hostOf (text: string): string {
  return URL.canParse(text) ? new URL(text).host : 'unknown'
}
