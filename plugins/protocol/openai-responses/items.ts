/** What items of an output are: calls of tools, and texts that citations point into. */
import { itemsOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { WholeCall } from '../dialect/answer.ts'
import type { Pointer } from '../dialect/pointers.ts'

/** Where the arguments of a call stand; calls of some tools are named by the tool alone. */
const calls: ReadonlyMap<string, readonly [argument: string | null, tool: string | null]> = new Map([
  ['function_call', ['arguments', null]],
  ['custom_tool_call', ['input', null]],
  ['mcp_call', ['arguments', null]],
  ['mcp_approval_request', ['arguments', null]],
  ['tool_search_call', ['arguments', 'tool_search']],
  ['local_shell_call', ['action', 'local_shell']],
  ['shell_call', ['action', 'shell']],
  ['apply_patch_call', ['operation', 'apply_patch']],
  ['computer_call', ['action', 'computer']],
  ['web_search_call', ['action', 'web_search']],
  ['code_interpreter_call', ['code', 'code_interpreter']],
  ['file_search_call', [null, 'file_search']],
  ['image_generation_call', [null, 'image_generation']]
])

/** The call that an item is, or null; `path` leads to the item. */
export function callOf (item: JsonNode, path: readonly string[]): WholeCall | null {
  const form = calls.get(textMember(item, 'type') ?? '')
  if (form === undefined) return null
  const [argument, tool] = form
  return { name: tool ?? textMember(item, 'name') ?? '', path: argument === null ? null : [...path, argument] }
}

/** Citations of the parts of an item. */
export function pointersOf (item: JsonNode, path: readonly string[]): Pointer[] {
  return itemsOf(memberOf(item, 'content')).flatMap((part, index) => partPointers(part, [...path, 'content', String(index)]))
}

/** Citations of one part. */
export function partPointers (part: JsonNode | null, path: readonly string[]): Pointer[] {
  return itemsOf(memberOf(part, 'annotations')).flatMap(annotation => annotationPointers(annotation, path))
}

/** The places of one citation; `path` leads to its part. */
export function annotationPointers (annotation: JsonNode | null, path: readonly string[]): Pointer[] {
  return ['start_index', 'end_index'].flatMap(name => {
    const node = memberOf(annotation, name)
    return node?.kind === 'number' ? [{ node, path: [...path, 'text'] }] : []
  })
}
