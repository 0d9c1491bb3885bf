/**
 * Log probabilities repeat the text token by token, with alternatives and as bytes. All three are judged as lanes; where
 * anything of an answer is edited they are dropped whole, since no token stands for what was taken out.
 */
import { countOf, itemsOf, memberOf, type JsonKey, type JsonNode } from '../../../core/content/json.ts'
import { isVectorNumber } from '../dialect/vectors.ts'

/** What was read as part of a text that its tokens make together. */
type Taken = Set<JsonNode | JsonKey>

/**
 * Texts that stand in one `logprobs`: tokens joined, their bytes as text, the alternatives rank by rank, and whatever else is
 * there. Each kind stands at the same index in every event of a stream; empty where there is none of it.
 */
export function logprobTexts (node: JsonNode): string[] {
  if (node.kind === 'null') return []
  const taken: Taken = new Set()
  const lists = [node, memberOf(node, 'content'), memberOf(node, 'refusal')]
  const texts = [...lists.flatMap(list => listTexts(itemsOf(list), taken)), ...legacyTexts(node, taken)]
  return [...texts, ...otherTexts(node, '', taken)]
}

function listTexts (entries: readonly JsonNode[], taken: Taken): string[] {
  const ranks = Math.max(0, ...entries.map(entry => itemsOf(memberOf(entry, 'top_logprobs')).length))
  const alternatives = Array.from({ length: ranks }, (_unused, rank) => entries.flatMap(entry => itemsOf(memberOf(entry, 'top_logprobs'))[rank] ?? []))
  if (entries.length === 0) return []
  return [entries, ...alternatives].flatMap(tokens => [
    tokens.map(token => textOf(memberOf(token, 'token'), taken)).join(''),
    bytesText(tokens.flatMap(token => bytesOf(memberOf(token, 'bytes'), taken)))
  ])
}

/** As plain completions have them: a list of tokens, and for each its alternatives as keys. */
function legacyTexts (node: JsonNode, taken: Taken): string[] {
  const tokens = itemsOf(memberOf(node, 'tokens'))
  if (tokens.length === 0) return []
  const ranked = itemsOf(memberOf(node, 'top_logprobs')).map(entry => entry.kind === 'object' ? entry.members.filter(({ value }) => value.kind === 'number').map(({ key }) => key) : [])
  const ranks = Math.max(0, ...ranked.map(({ length }) => length))
  for (const keys of ranked) for (const key of keys) taken.add(key)
  return [tokens.map(token => textOf(token, taken)).join(''), ...Array.from({ length: ranks }, (_unused, rank) => ranked.map(keys => keys[rank]?.text ?? '').join(''))]
}

function textOf (node: JsonNode | null, taken: Taken): string {
  if (node?.kind !== 'string') return ''
  taken.add(node)
  return node.text
}

function bytesOf (node: JsonNode | null, taken: Taken): number[] {
  if (node?.kind !== 'array') return []
  taken.add(node)
  return node.items.map(byte => countOf(byte) ?? 0)
}

function bytesText (bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('utf8')
}

const known: ReadonlySet<string> = new Set(['content', 'refusal', 'token', 'logprob', 'bytes', 'top_logprobs', 'tokens', 'token_logprobs', 'text_offset'])

/** Whatever else stands there: strings, numbers, keys that the dialect does not know, and bytes of no token. */
function otherTexts (node: JsonNode, name: string, taken: Taken): string[] {
  switch (node.kind) {
    case 'string': return taken.has(node) ? [] : [node.text]
    case 'number': return isOwnNumber(node.text, name) ? [] : [node.text]
    case 'array': {
      const inner = node.items.flatMap(item => otherTexts(item, name, taken))
      return name === 'bytes' && !taken.has(node) ? [bytesText(bytesOf(node, taken)), ...inner] : inner
    }
    case 'object': return node.members.flatMap(({ key, value }) => [
      ...known.has(key.text) || taken.has(key) ? [] : [key.text],
      ...otherTexts(value, taken.has(key) ? 'logprob' : key.text, taken)
    ])
    default: return []
  }
}

function isOwnNumber (literal: string, name: string): boolean {
  if (name === 'bytes') return /^\d{1,3}$/.test(literal)
  if (name === 'text_offset') return /^\d{1,8}$/.test(literal)
  return (name === 'logprob' || name === 'token_logprobs') && isVectorNumber(literal)
}
