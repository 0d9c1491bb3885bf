/** Tools that a request offers. */
import { itemsOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'

/** Names of the functions and custom tools offered, sorted, each once. */
export function toolNames (root: JsonNode): string[] {
  const names = [
    ...itemsOf(memberOf(root, 'tools')).map(tool => textMember(memberOf(tool, textMember(tool, 'type') ?? ''), 'name')),
    ...itemsOf(memberOf(root, 'functions')).map(tool => textMember(tool, 'name'))
  ]
  return [...new Set(names.filter(name => name !== null))].sort()
}
