/**
 * Log probabilities repeat the text token by token, with alternatives and as bytes. All three are judged as lanes; where
 * anything of an answer is edited they are dropped whole, since no token stands for what was taken out.
 */
import { countOf, itemsOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'
import { isVectorNumber } from '../dialect/vectors.ts'

/** Texts that stand in one `logprobs`: tokens joined, their bytes as text, and the alternatives rank by rank. */
export function logprobTexts (node: JsonNode): string[] {
  if (node.kind === 'null') return []
  const lists = [node, memberOf(node, 'content'), memberOf(node, 'refusal')]
  const texts = [...lists.flatMap(list => listTexts(itemsOf(list))), ...legacyTexts(node)]
  return [...new Set([...texts, ...otherTexts(node, '', memberOf(node, 'tokens') !== null)])].filter(text => text !== '')
}

function listTexts (entries: readonly JsonNode[]): string[] {
  const ranks = Math.max(0, ...entries.map(entry => itemsOf(memberOf(entry, 'top_logprobs')).length))
  const alternatives = Array.from({ length: ranks }, (_unused, rank) => entries.flatMap(entry => itemsOf(memberOf(entry, 'top_logprobs'))[rank] ?? []))
  return [entries, ...alternatives].flatMap(tokens => [
    tokens.map(token => textMember(token, 'token') ?? '').join(''),
    Buffer.from(tokens.flatMap(token => itemsOf(memberOf(token, 'bytes')).map(byte => countOf(byte) ?? 0))).toString('utf8')
  ])
}

/** As plain completions have them: a list of tokens, and for each its alternatives as keys. */
function legacyTexts (node: JsonNode): string[] {
  const tokens = itemsOf(memberOf(node, 'tokens')).map(token => token.kind === 'string' ? token.text : '').join('')
  const ranked = itemsOf(memberOf(node, 'top_logprobs')).map(entry => entry.kind === 'object' ? entry.members.map(({ key }) => key.text) : [])
  const ranks = Math.max(0, ...ranked.map(({ length }) => length))
  return [tokens, ...Array.from({ length: ranks }, (_unused, rank) => ranked.map(keys => keys[rank] ?? '').join(''))]
}

const known: ReadonlySet<string> = new Set(['content', 'refusal', 'token', 'logprob', 'bytes', 'top_logprobs', 'tokens', 'token_logprobs', 'text_offset'])

/** Whatever else stands there: strings, numbers and keys that the dialect does not know. */
function otherTexts (node: JsonNode, name: string, isLegacy: boolean): string[] {
  switch (node.kind) {
    case 'string': return name === 'token' || (isLegacy && name === 'tokens') ? [] : [node.text]
    case 'number': return isOwnNumber(node.text, name) ? [] : [node.text]
    case 'array': return node.items.flatMap(item => otherTexts(item, name, isLegacy))
    case 'object': return node.members.flatMap(({ key, value }) => {
      if (isLegacy && name === 'top_logprobs' && value.kind === 'number' && isVectorNumber(value.text)) return [] // a token as key: read as text already
      return [...known.has(key.text) ? [] : [key.text], ...otherTexts(value, key.text, isLegacy)]
    })
    default: return []
  }
}

function isOwnNumber (literal: string, name: string): boolean {
  if (name === 'bytes') return /^\d{1,3}$/.test(literal)
  if (name === 'text_offset') return /^\d{1,8}$/.test(literal)
  return (name === 'logprob' || name === 'token_logprobs') && isVectorNumber(literal)
}
