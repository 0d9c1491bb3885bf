/**
 * Log probabilities repeat the text token by token, with alternatives and as bytes. All three are judged as lanes; where
 * anything of an answer is edited they are dropped whole, since no token stands for what was taken out.
 */
import { countOf, itemsOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'

/** Texts that stand in one `logprobs`: tokens joined, their bytes as text, and the alternatives rank by rank. */
export function logprobTexts (node: JsonNode): string[] {
  if (node.kind === 'null') return []
  const texts = ['content', 'refusal'].flatMap(name => listTexts(itemsOf(memberOf(node, name))))
  return [...new Set([...texts, ...otherTexts(node)])].filter(text => text !== '')
}

function listTexts (entries: readonly JsonNode[]): string[] {
  const ranks = Math.max(0, ...entries.map(entry => itemsOf(memberOf(entry, 'top_logprobs')).length))
  const alternatives = Array.from({ length: ranks }, (_unused, rank) => entries.flatMap(entry => itemsOf(memberOf(entry, 'top_logprobs'))[rank] ?? []))
  return [entries, ...alternatives].flatMap(tokens => [
    tokens.map(token => textMember(token, 'token') ?? '').join(''),
    Buffer.from(tokens.flatMap(token => itemsOf(memberOf(token, 'bytes')).map(byte => countOf(byte) ?? 0))).toString('utf8')
  ])
}

const known: ReadonlySet<string> = new Set(['content', 'refusal', 'token', 'logprob', 'bytes', 'top_logprobs'])

/** Whatever else stands there: strings and keys that the dialect does not know. */
function otherTexts (node: JsonNode, name = ''): string[] {
  switch (node.kind) {
    case 'string': return name === 'token' ? [] : [node.text]
    case 'number': return name === 'logprob' || (name === 'bytes' && /^\d{1,3}$/.test(node.text)) ? [] : [node.text]
    case 'array': return node.items.flatMap(item => otherTexts(item, name))
    case 'object': return node.members.flatMap(({ key, value }) => [...(known.has(key.text) ? [] : [key.text]), ...otherTexts(value, key.text)])
    default: return []
  }
}
