/** Values of a JSON body that no detector of text can read: `data:` URLs and long base64. */
import type { JsonNode, JsonText } from '../../../core/content/json.ts'
import { unreadWithin } from '../../../core/content/nested.ts'
import type { Unscanned } from '../../../core/pipeline/facts.ts'

export function unscannedOf (root: JsonNode): Unscanned[] {
  const unscanned: Unscanned[] = []
  find(root, '/body', (node, path) => {
    for (const kind of unreadWithin(node.text)) unscanned.push({ kind, path, bytes: node.end - node.start - 2 })
  })
  return unscanned
}

function find (node: JsonNode, path: string, visit: (node: JsonText, path: string) => void): void {
  const inner = node.kind === 'array' || node.kind === 'object' ? `${path}/*` : path
  if (node.kind === 'string') visit(node, path)
  else if (node.kind === 'array' && node.numbers === null) for (const item of node.items) find(item, inner, visit)
  else if (node.kind === 'object') for (const { value } of node.members) find(value, inner, visit)
}
