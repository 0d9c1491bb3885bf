/** docs/protocols.md: what each protocol knows of its bodies, from the maps and words that requests and answers are read by. */
import type { FieldMap } from '../core/content/map.ts'
import { shippedProtocols, shippedProviders } from '../plugins/index.ts'
import { eventWords as messageEvents } from '../plugins/protocol/anthropic-messages/stream.ts'
import { requestMap as messages } from '../plugins/protocol/anthropic-messages/map.ts'
import { answerWords as messageAnswer } from '../plugins/protocol/anthropic-messages/words.ts'
import type { AnswerWords } from '../plugins/protocol/dialect/words.ts'
import { chatMap, embeddingsMap, embedMap, generateMap } from '../plugins/protocol/ollama/map.ts'
import { answerWords as ollamaAnswer } from '../plugins/protocol/ollama/words.ts'
import { answerWords as chatAnswer } from '../plugins/protocol/openai-chat/known.ts'
import { requestMap as chat } from '../plugins/protocol/openai-chat/map.ts'
import { answerWords as completionAnswer } from '../plugins/protocol/openai-completions/answer.ts'
import { requestMap as completions } from '../plugins/protocol/openai-completions/request.ts'
import { answerWords as embeddingAnswer } from '../plugins/protocol/openai-embeddings/answer.ts'
import { requestMap as embeddings } from '../plugins/protocol/openai-embeddings/request.ts'
import { eventWords as responseEvents } from '../plugins/protocol/openai-responses/events.ts'
import { requestMap as responses } from '../plugins/protocol/openai-responses/map.ts'
import { answerWords as responseAnswer } from '../plugins/protocol/openai-responses/words.ts'

interface Described {
  readonly protocol: string
  readonly about: string
  /** By what is asked for; an empty name where there is only one. */
  readonly requests: ReadonlyArray<readonly [name: string, map: FieldMap]>
  readonly answer: AnswerWords
  /** Of a stream's events, where they are no part of the answer. */
  readonly events?: AnswerWords
}

const described: readonly Described[] = [
  { protocol: 'openai.chat', about: 'OpenAI\'s Chat Completions. Streams are server-sent events.', requests: [['', chat]], answer: chatAnswer },
  { protocol: 'openai.responses', about: 'OpenAI\'s Responses. Streams are server-sent events, in which every text is said again when it is done: an edit reaches all of them.', requests: [['', responses]], answer: responseAnswer, events: responseEvents },
  { protocol: 'openai.completions', about: 'OpenAI\'s legacy Completions. Streams are server-sent events.', requests: [['', completions]], answer: completionAnswer },
  { protocol: 'openai.embeddings', about: 'OpenAI\'s Embeddings. There are no streams.', requests: [['', embeddings]], answer: embeddingAnswer },
  { protocol: 'anthropic.messages', about: 'Anthropic\'s Messages, and where the path ends in `/count_tokens` the count of their tokens. Streams are server-sent events.', requests: [['', messages]], answer: messageAnswer, events: messageEvents },
  { protocol: 'ollama', about: 'Ollama\'s own API; the last word of the path says what is asked for, and nothing that changes the endpoint is served. Streams are lines of JSON.', requests: [['chat', chatMap], ['generate', generateMap], ['embed', embedMap], ['embeddings', embeddingsMap]], answer: ollamaAnswer }
]

/** Protocols without a map: their bodies are anybody's. */
const others: ReadonlyMap<string, string> = new Map([
  ['openai.models', 'The models that the permit reaches, as OpenAI lists them. The gateway answers itself; nothing is sent.'],
  ['anthropic.models', 'The models that the permit reaches, as Anthropic lists them, on one page. The gateway answers itself; nothing is sent.'],
  ['http', 'Any HTTP API. Decoded segments of the path, names and values of the query, forwarded headers, and every string, number and key of a JSON body are read. A body of another type is refused. Of an answer, JSON and text are judged; anything else is listed as `binary` or `opaque`.'],
  ['opaque', 'A body of any kind: it is listed as `opaque`, whatever it is, and denied unless a permit names that. Text that can be found in it, parts of a multipart body included, is read nevertheless. It cannot be redacted.']
])

export function protocolReference (generated: string): string {
  return [
    '# Protocols', generated,
    'A protocol is how callers speak on a route, and how the endpoint behind it is spoken to; nothing is translated. Bodies are strict JSON in',
    'UTF-8: no key twice, no nesting beyond 64 levels, no more than a million values, no name that differs from one of the API\'s by case alone.',
    'Every string, every number and every key that the API does not know is read by the detectors, wherever it stands, JSON and documents of',
    'text within strings included. The tables name the places that are more than that. `*` stands for an index, or for a key of the caller\'s own.', '',
    'What cannot be read is *listed* by its kind and its place, and denied unless a permit names that kind in `unscanned`. What makes the',
    'endpoint act or keep something on its own side is *named*, and denied unless a permit names it in `server_side`.', '',
    ...described.flatMap(section),
    ...[...others].flatMap(([name, about]) => [...heading(name), about, ''])
  ].join('\n')
}

function heading (name: string): string[] {
  const protocol = shippedProtocols.find(each => each.name === name)
  if (protocol === undefined) throw new Error(`no protocol ${name}`)
  const providers = shippedProviders.filter(({ protocols }) => protocols.includes(name)).map(each => `\`${each.name}\``)
  const speakers = providers.length === 0 ? 'No endpoint is asked.' : `Providers: ${providers.join(', ')}.`
  return [`## ${name}`, '', `${protocol.methods.map(method => `\`${method}\``).join(' ')}. ${speakers}`, '']
}

function section ({ protocol, about, requests, answer, events }: Described): string[] {
  const rows = requests.flatMap(([name, map]) => new MapRows(name).of(map, '', ''))
  return [
    ...heading(protocol), about, '',
    '| in a request | where | what it is |', '|---|---|---|', ...merged(rows).map(([place, where, what]) => `| \`${place}\` | ${where} | ${what} |`), '',
    '| in an answer | what it is |', '|---|---|',
    ...new Set([...answerRows(answer), ...events === undefined ? [] : answerRows(events)].map(([place, what]) => `| \`/${place}\` | ${what} |`)),
    '| counts, times, and words from closed lists | no content |',
    '| anything else | a `field` |', ''
  ]
}

type RequestRow = readonly [place: string, where: string, what: string]

/** What is said of one place in several cases stands in one row. */
function merged (rows: readonly RequestRow[]): RequestRow[] {
  const cases = new Map<string, RequestRow>()
  for (const [place, where, what] of rows) {
    const known = cases.get(place + what)?.[1]
    cases.set(place + what, [place, known === undefined || known === where ? where : `${known}; ${where}`, what])
  }
  return [...cases.values()]
}

/** The places of a map that say more than that there is content. What has its forms from elsewhere is told once. */
class MapRows {
  readonly #prefix: string
  readonly #told = new Map<object, string>()

  /** @param request what is asked for; empty where there is only one request */
  constructor (request: string) {
    this.#prefix = request === '' ? '' : `${request} `
  }

  of (map: FieldMap, place: string, where: string): RequestRow[] {
    const { fields = {}, items, values, forms } = map
    const what = meanings(map)
    return [
      ...what === '' ? [] : [this.#row(place, where, what)],
      ...Object.entries(fields).flatMap(([name, inner]) => this.of(inner, `${place}/${name}`, where)),
      ...[items, values].flatMap(inner => inner === undefined ? [] : this.of(inner, `${place}/*`, where)),
      ...forms === undefined ? [] : this.#forms(forms, place, where)
    ]
  }

  #row (place: string, where: string, what: string): RequestRow {
    return [`${this.#prefix}${place === '' ? '/' : place}`, where, what]
  }

  #forms (forms: NonNullable<FieldMap['forms']>, place: string, where: string): RequestRow[] {
    const told = this.#told.get(forms)
    if (told !== undefined) return [this.#row(place, where, `as ${told}`)]
    this.#told.set(forms, `\`${place}\`${where === '' ? '' : ` of ${where}`}`)
    const { member, of, without, other } = forms
    const below = (text: string): string => where === '' ? text : `${where}, ${text}`
    return [
      ...Object.entries(of).flatMap(([name, map]) => this.of(map, place, below(`\`${member}: ${name}\``))),
      ...without === undefined ? [] : this.of(without, place, below(`without \`${member}\``)),
      ...this.of(other, place, below(`any other \`${member}\``))
    ]
  }
}

function meanings ({ unscanned, media, holds, tokens, json, sealed, acts, hosted, hosts, actsUnless, actsWithout, forms }: FieldMap): string {
  return [
    ...unscanned === undefined ? [] : [`listed as \`${unscanned}\`${forms === undefined ? '' : ' where it is no object'}`],
    ...media === undefined ? [] : [mediaMeaning(media)],
    ...holds === undefined ? [] : [`listed as \`${holds}\` unless it was read as text`],
    ...tokens === true ? ['numbers are listed as `token_array`'] : [],
    ...json === true ? ['JSON in a text; listed as `opaque` where it is none'] : [],
    ...sealed === true ? ['cannot be edited'] : [],
    ...acts === undefined ? [] : [`named \`${acts}\``],
    ...hosted === undefined ? [] : [`named by its \`${hosted}\``],
    ...hosts === true ? ['hosts of its URLs are named `remote:<host>`'] : [],
    ...Object.entries(actsUnless ?? {}).map(([name, act]) => `named \`${act}\` unless \`${name}\` is false`),
    ...Object.entries(actsWithout ?? {}).map(([name, act]) => `named \`${act}\` without \`${name}\``)
  ].join('; ')
}

function mediaMeaning ({ kind }: NonNullable<FieldMap['media']>): string {
  return kind === 'file' ? 'a document: text is read, anything else listed as `file`; a URL as `remote` too' : `listed as \`${kind}\`; a URL as \`remote\` too`
}

function answerRows ({ lanes, media, json, logprobs, vectors, tokens }: AnswerWords): Array<readonly [place: string, what: string]> {
  return [
    ...[...lanes].map(([place, kind]) => [place, `\`${kind}\``] as const),
    ...[...json ?? []].map(([place, kind]) => [place, `\`${kind}\`, by its JSON`] as const),
    ...[...media ?? []].map(([place, kind]) => [place, `listed as \`${kind}\``] as const),
    ...[...vectors ?? []].map(place => [place, 'a vector; what is none is judged'] as const),
    ...[...tokens ?? []].map(place => [place, 'listed as `token_array`'] as const),
    ...[...logprobs ?? []].map(place => [place, 'judged token by token joined; null once anything was edited'] as const)
  ]
}
