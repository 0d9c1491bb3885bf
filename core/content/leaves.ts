/** The leaves of a JSON body: every string, every number literal, every key that is not one of the protocol's own. */
import type { Leaf } from '../pipeline/facts.ts'
import type { JsonNode } from './json.ts'
import { showNested } from './nested.ts'

export interface LeafOptions {
  /** Keys that stand by their name in patterns and are no leaves; every other key is content. */
  readonly known: ReadonlySet<string>
  /** What patterns begin with: empty, or as `/body`. */
  readonly root?: string
  /** Strings that are listed as unscanned and are no leaves. */
  readonly without?: ReadonlySet<JsonNode>
}

const none: ReadonlySet<JsonNode> = new Set()

/** Throws GW_CLASSIFY_TOO_DEEP for JSON within strings that is nested too deeply. */
export function leavesOf (node: JsonNode, { known, root = '', without = none }: LeafOptions): Leaf[] {
  const leaves: Leaf[] = []
  gather(node, [], root, { known, without, leaves })
  return leaves
}

interface Gathering { readonly known: ReadonlySet<string>, readonly without: ReadonlySet<JsonNode>, readonly leaves: Leaf[] }

function gather (node: JsonNode, path: readonly string[], pattern: string, into: Gathering): void {
  switch (node.kind) {
    case 'string':
      if (!into.without.has(node)) into.leaves.push(bodyLeaf('string', showNested(node.text), node, path, pattern))
      break
    case 'number':
      into.leaves.push(bodyLeaf('number', node.text, node, path, pattern))
      break
    case 'array': {
      const inner = `${pattern}/*`
      for (const [index, item] of node.items.entries()) gather(item, path.concat(String(index)), inner, into)
      break
    }
    case 'object':
      for (const { key, value } of node.members) {
        const own = path.concat(key.text)
        const isKnown = into.known.has(key.text)
        if (!isKnown) into.leaves.push(bodyLeaf('key', showNested(key.text), key, own, `${pattern}/*`))
        gather(value, own, `${pattern}/${isKnown ? key.text : '*'}`, into)
      }
  }
}

function bodyLeaf (kind: Leaf['kind'], text: string, { start, end }: { readonly start: number, readonly end: number }, path: readonly string[], pattern: string): Leaf {
  return { path, pattern, place: 'body', kind, text, start, end }
}
