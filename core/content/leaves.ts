/**
 * The content of a JSON body: every string, every number literal and every key that is not one of the protocol's own is a
 * leaf or is listed as unscanned; what the endpoint would do or keep on its own side is named. One walk, along a map.
 */
import { GatewayError } from '../errors.ts'
import type { Leaf, Unscanned, UnscannedKind } from '../pipeline/facts.ts'
import { isBase64, isPlainDataUrl, isTextualType, kindOfType, readDataUrl, textOfDataUrl, type DataUrl } from './binary.ts'
import { memberOf, presentMember, textMember, type JsonArray, type JsonKey, type JsonNode, type JsonObject, type JsonText } from './json.ts'
import type { Media, Place } from './map.ts'
import { showBase64, showNested, unreadWithin } from './nested.ts'
import { plainName, remoteHosts } from './server-side.ts'

export interface Content {
  readonly leaves: readonly Leaf[]
  readonly unscanned: readonly Unscanned[]
  /** Sorted, each once. */
  readonly serverSide: readonly string[]
  /** Indexes of leaves that no edit may touch. */
  readonly fixed: ReadonlySet<number>
  /** Numbers that stand for tokens. */
  readonly tokens: number
}

/**
 * Reads a body along a map of it.
 * Throws GW_REQUEST_INVALID for what the map refuses, GW_CLASSIFY_TOO_DEEP for texts within texts without end.
 */
export function readContent (root: JsonNode, map: Place): Content {
  const walk = new Walk()
  walk.value(root, map, null, null)
  return { leaves: walk.leaves, unscanned: walk.unscanned, serverSide: [...walk.serverSide].sort(), fixed: walk.fixed, tokens: walk.tokens }
}

/** How a value was reached. */
interface Step { readonly name: string | number, readonly before: Step | null }

class BodyLeaf implements Leaf {
  readonly pattern: string
  readonly place = 'body'
  readonly kind: Leaf['kind']
  readonly text: string
  readonly start: number
  readonly end: number
  readonly form?: 'base64'
  readonly #step: Step | null

  constructor (kind: Leaf['kind'], text: string, { start, end }: { readonly start: number, readonly end: number }, pattern: string, step: Step | null, form?: 'base64') {
    this.pattern = pattern
    this.kind = kind
    this.text = text
    this.start = start
    this.end = end
    this.#step = step
    if (form !== undefined) this.form = form
  }

  get path (): string[] {
    const names: string[] = []
    for (let step = this.#step; step !== null; step = step.before) names.push(String(step.name))
    return names.reverse()
  }
}

/** The part of a message that is being read, and whether what it holds was listed, or read as text. */
interface Part { readonly pattern: string, isTold: boolean }

class Walk {
  readonly leaves: Leaf[] = []
  readonly unscanned: Unscanned[] = []
  readonly serverSide = new Set<string>()
  readonly fixed = new Set<number>()
  tokens = 0
  #part: Part | null = null

  /** @param owner the object that the value is a member of, where it is one */
  value (node: JsonNode, general: Place, owner: JsonObject | null, step: Step | null): void {
    if (node.kind === 'null') return
    if (general.traits.kinds?.includes(node.kind) === false) throw invalid()
    const place = node.kind === 'object' ? general.formOf(node) : general
    const { traits } = place
    const from = this.leaves.length
    if (node.kind === 'string') this.#string(node, place, owner, step)
    else if (node.kind === 'number') this.#leaf('number', node.text, node, place, step)
    else if (node.kind === 'array') this.#array(node, place, step)
    else if (node.kind === 'object') this.#object(node, place, step)
    if (traits.unscanned !== undefined) this.#list(traits.unscanned, node, place)
    if (traits.acts !== undefined && node.kind !== 'false') this.serverSide.add(traits.acts)
    if (traits.hosts === true) this.#addHosts(node)
    if (traits.sealed === true) for (let index = from; index < this.leaves.length; index++) this.fixed.add(index)
  }

  #addHosts (node: JsonNode): void {
    for (const host of remoteHosts(node)) this.serverSide.add(host)
  }

  #leaf (kind: Leaf['kind'], text: string, node: JsonText | JsonKey, { pattern }: Place, step: Step | null, form?: 'base64'): void {
    this.leaves.push(new BodyLeaf(kind, text, node, pattern, step, form))
  }

  #array (node: JsonArray, place: Place, step: Step | null): void {
    const { item } = place
    const isTokens = place.traits.tokens === true && (node.numbers !== null || node.items.some(({ kind }) => kind === 'number'))
    if (isTokens) this.#list('token_array', node, place)
    if (isTokens && node.numbers !== null && isTokenList(node)) {
      this.tokens += node.numbers.count
      return
    }
    for (const [index, value] of node.items.entries()) {
      if (value.kind === 'null' && item.traits.kinds !== undefined) throw invalid()
      if (isTokens && value.kind === 'number' && isToken(value.text)) this.tokens++
      else this.value(value, item, null, { name: index, before: step })
    }
  }

  #object (node: JsonObject, place: Place, step: Step | null): void {
    const { required, part, holds } = place.traits
    if (required !== undefined) requireMembers(node, required)
    const before = this.#part
    if (part === true) this.#part = { pattern: place.pattern, isTold: false }
    for (const { key, value } of node.members) this.#member(key, value, place, node, step)
    if (holds !== undefined && this.#part?.isTold === false) this.#list(holds, node, place)
    this.#part = before
    this.#acts(node, place.traits)
  }

  #acts (node: JsonObject, { hosted, actsUnless, actsWithout }: Place['traits']): void {
    if (hosted !== undefined) {
      this.serverSide.add(plainName(textMember(node, hosted)))
      this.#addHosts(node)
    }
    if (actsUnless !== undefined) {
      for (const [name, act] of Object.entries(actsUnless)) if (memberOf(node, name)?.kind !== 'false') this.serverSide.add(act)
    }
    if (actsWithout !== undefined) {
      for (const [name, act] of Object.entries(actsWithout)) if (presentMember(node, name) === null) this.serverSide.add(act)
    }
  }

  #member (key: JsonKey, value: JsonNode, place: Place, owner: JsonObject, step: Step | null): void {
    const own: Step = { name: key.text, before: step }
    const known = place.field(key.text)
    if (known === null) this.#leaf('key', showNested(key.text), key, place.value, own)
    this.value(value, known ?? place.value, owner, own)
  }

  #string (node: JsonText, place: Place, owner: JsonObject | null, step: Step | null): void {
    const { media, json, unscanned } = place.traits
    if (media !== undefined) return this.#media(node, media, place, owner, step)
    const kinds = unreadWithin(node.text)
    for (const kind of kinds) this.#list(kind, node, place)
    if (json === true && node.text !== '' && !isJson(node.text)) this.#list('opaque', node, place)
    const isBytesAlone = (kinds.length > 0 && isPlainDataUrl(node.text)) || (unscanned === 'encrypted' && isBase64(node.text))
    if (!isBytesAlone) this.#leaf('string', showNested(node.text), node, place, step)
  }

  /** Bytes are listed, documents of text are read, and what only points to content is both listed and read as text. */
  #media (node: JsonText, media: Media, place: Place, owner: JsonObject | null, step: Step | null): void {
    const url = readDataUrl(node.text)
    if (url !== null) return this.#dataUrl(node, url, media, place, step)
    const document = isTextDocument(media, owner) ? showBase64(node.text) : null
    if (document === null || media.kind !== 'file') this.#list(media.kind, node, place)
    else this.#read()
    if (/^\s{0,16}[a-z][a-z0-9+.-]{0,31}:/i.test(node.text)) this.#list('remote', node, place)
    if (document !== null) this.#leaf('string', document, node, place, step, 'base64')
    else if (!isBase64(node.text)) this.#leaf('string', showNested(node.text), node, place, step)
  }

  #dataUrl (node: JsonText, url: DataUrl, media: Media, place: Place, step: Step | null): void {
    const isText = textOfDataUrl(node.text, url) !== null
    if (media.kind !== 'file') this.#list(media.kind, node, place)
    else if (isText) this.#read()
    else this.#list(kindOfType(url.type), node, place)
    if (isText || !isPlainDataUrl(node.text)) this.#leaf('string', showNested(node.text), node, place, step)
  }

  #read (): void {
    if (this.#part !== null) this.#part.isTold = true
  }

  #list (kind: UnscannedKind, node: JsonNode, place: Pick<Place, 'pattern'>): void {
    this.#read()
    this.unscanned.push({ kind, path: this.#part?.pattern ?? place.pattern, bytes: sizeOf(node) })
  }
}

/** True for a number as vocabularies have them. A longer one could be an identifier, and is read. */
export function isToken (literal: string): boolean {
  return literal.length < 8 && /^\d+$/.test(literal)
}

const otherThanToken = /\d{8}|[-.eE]/

/** The same of all items of a list. */
export function isTokenList (list: JsonArray): boolean {
  if (list.numbers !== null) return !otherThanToken.test(list.numbers.text)
  return list.items.every(item => item.kind === 'number' && isToken(item.text))
}

/** By what stands beside the bytes: a media type, else the ending of a file's name. */
function isTextDocument ({ kind, type, name }: Media, owner: JsonObject | null): boolean {
  const declared = type === undefined ? null : textMember(owner, type)
  if (declared !== null) return isTextualType(declared)
  const file = name === undefined ? null : textMember(owner, name)
  return kind === 'file' && file !== null && /\.(?:txt|text|md|csv|tsv|json|jsonl|ndjson|xml|html?|ya?ml|toml|ini|log|sql|css|m?[jt]sx?|py|java|c|h|cpp|cs|go|rs|rb|php|sh)$/i.test(file)
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Bytes of a value as it stands in the body, without quotes. */
function sizeOf ({ kind, start, end }: JsonNode): number {
  return end - start - (kind === 'string' ? 2 : 0)
}

function requireMembers ({ members }: JsonObject, names: readonly string[]): void {
  for (const name of names) if (!members.some(({ key, value }) => key.text === name && value.kind !== 'null')) throw invalid()
}

function invalid (): GatewayError {
  return new GatewayError('GW_REQUEST_INVALID')
}
