/** Values of a JSON body that no detector of text can read: `data:` URLs and long base64. */
import { dataUrlKind, isLongBase64, isPlainDataUrl } from '../../../core/content/binary.ts'
import type { JsonNode, JsonText } from '../../../core/content/json.ts'
import type { Unscanned } from '../../../core/pipeline/facts.ts'

export interface UnscannedContent {
  readonly unscanned: readonly Unscanned[]
  /** Strings that hold nothing else. */
  readonly without: ReadonlySet<JsonNode>
}

/** @param root null where there is no body */
export function unscannedOf (root: JsonNode | null): UnscannedContent {
  const unscanned: Unscanned[] = []
  const without = new Set<JsonNode>()
  if (root !== null) {
    find(root, '/body', (node, path) => {
      const kind = dataUrlKind(node.text) ?? (isLongBase64(node.text) ? 'binary' : null)
      if (kind !== null) unscanned.push({ kind, path, bytes: node.end - node.start - 2 })
      if (isPlainDataUrl(node.text)) without.add(node)
    })
  }
  return { unscanned, without }
}

function find (node: JsonNode, path: string, visit: (node: JsonText, path: string) => void): void {
  const inner = node.kind === 'array' || node.kind === 'object' ? `${path}/*` : path
  if (node.kind === 'string') visit(node, path)
  else if (node.kind === 'array') for (const item of node.items) find(item, inner, visit)
  else if (node.kind === 'object') for (const { value } of node.members) find(value, inner, visit)
}
