/** What a request asks the endpoint to do or keep on its own side: no gateway sees what happens there. */
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'

/** Sorted, each once: hosted tool types without their version, `remote:<host>`, `stored`, `background`. */
export function serverSideOf (root: JsonNode): string[] {
  const names = [
    ...itemsOf(memberOf(root, 'tools')).flatMap(hostedTool),
    ...itemsOf(memberOf(root, 'plugins')).map(plugin => plainName(textMember(plugin, 'id'))),
    ...itemsOf(memberOf(root, 'data_sources')).flatMap(source => ['data_sources', ...remoteHosts(source)]),
    ...fields.flatMap(([field, name]) => presentMember(root, field) === null ? [] : name),
    ...(memberOf(root, 'store')?.kind === 'true' ? ['stored'] : []),
    ...(memberOf(root, 'background')?.kind === 'true' ? ['background'] : [])
  ]
  return [...new Set(names)].sort()
}

/** Vendors' fields that make the endpoint search, or choose another model than the one that was permitted. */
const fields: ReadonlyArray<readonly [field: string, name: string]> = [
  ['web_search_options', 'web_search'],
  ['search_parameters', 'web_search'],
  ['models', 'model_fallback'],
  ['route', 'model_fallback']
]

const callerRun: ReadonlySet<string | null> = new Set(['function', 'custom'])

function hostedTool (tool: JsonNode): string[] {
  const type = textMember(tool, 'type')
  return callerRun.has(type) ? [] : [plainName(type), ...remoteHosts(tool)]
}

/** Hosts of every URL below: MCP servers, search services. */
function remoteHosts (node: JsonNode): string[] {
  switch (node.kind) {
    case 'string': return /^\s{0,16}[a-z][a-z0-9+.-]{0,31}:\/\//i.test(node.text) ? [`remote:${hostOf(node.text)}`] : []
    case 'array': return node.items.flatMap(remoteHosts)
    case 'object': return node.members.flatMap(({ value }) => remoteHosts(value))
    default: return []
  }
}

function hostOf (text: string): string {
  return URL.canParse(text) ? new URL(text).host : 'unknown'
}

/** `web_search_preview_2025_03_11` is `web_search`. What is no plain name is not repeated. */
function plainName (type: string | null): string {
  const name = (type ?? '').toLowerCase().replace(/[_-]\d{4}[_-]?\d{2}[_-]?\d{2}$/, '').replace(/_preview$/, '')
  return /^[a-z][a-z0-9_.-]{0,63}$/.test(name) ? name : 'unknown'
}
