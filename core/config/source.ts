/** The text of a configuration file, with the place of everything in it: faults name line and column. */
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { Fault, Path, Place } from './types.ts'

export interface Source {
  readonly file: string
  /** Plain data: maps are objects without a prototype. Null where the text cannot be read. */
  readonly value: unknown
  readonly faults: readonly Fault[]
  /** The place of a value, or of its key; of the nearest thing around it where it is not there. */
  placeOf (path: Path, part?: 'key' | 'value'): Place
}

/** More aliases than this in one file have no honest use. */
const maxAliases = 100

/** Reads YAML 1.2, of which JSON is a part. Repeated keys, tags and second documents are faults. */
export function readSource (file: string, text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, stringKeys: true, version: '1.2', schema: 'core', merge: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems = [...document.errors, ...document.warnings]
  const faults = problems.map(({ code, message, pos }): Fault => ({
    code: code === 'DUPLICATE_KEY' ? 'GW_CONFIG_DUPLICATE' : 'GW_CONFIG_SYNTAX',
    ...at(pos[0]),
    message: firstLine(message),
    fix: code === 'DUPLICATE_KEY' ? 'remove one of the two' : 'write it as well-formed YAML or JSON'
  }))
  return {
    file,
    value: faults.length > 0 ? null : plain(document),
    faults,
    placeOf: (path, part = 'value') => at(offsetOf(document, path, part))
  }
}

/** The library adds an excerpt of the text below the message, which may hold what should not be printed. */
function firstLine (message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
}

function plain (document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: maxAliases }) as unknown
}

function offsetOf (document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = startOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    const found = childOf(document, node, step)
    if (found === null) return offset
    const last = depth === path.length - 1
    offset = (last && part === 'key' ? found.keyOffset : startOf(found.node)) ?? found.keyOffset ?? offset
    node = found.node
  }
  return offset
}

interface Child { readonly node: Node | null, readonly keyOffset: number | null }

function childOf (document: Document.Parsed, node: Node | null, step: string | number): Child | null {
  const resolved = node !== null && 'source' in node && !isScalar(node) && !isMap(node) && !isSeq(node) ? node.resolve(document) ?? null : node
  if (isSeq(resolved)) {
    const item = resolved.items[Number(step)]
    return item === undefined || isPair(item) ? null : { node: item as Node | null, keyOffset: null }
  }
  if (!isMap(resolved)) return null
  const pair = resolved.items.find(({ key }) => isScalar(key) && key.value === String(step))
  return pair === undefined ? null : { node: pair.value as Node | null, keyOffset: startOf(pair.key as Node) }
}

function startOf (node: Node | null): number | null {
  return node?.range?.[0] ?? null
}
