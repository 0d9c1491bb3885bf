/**
 * Streams of every dialect come out as their whole text would, redacted, however the endpoint cut the text into events and the
 * network the events into chunks. `SALLYPORT_CHUNKINGS` sets how many chunkings each dialect is tried with.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { chatLines, functionEvents, lines, messageEvents, messageItem, ollamaEnd, ollamaLine, responseOf, textBlock, textEvents, toolBlock, typedEvents } from '../../helpers/dialects.ts'
import { protocolOf } from './bodies.ts'
import { streamThrough } from './streaming.ts'

const runs = Number(process.env['SALLYPORT_CHUNKINGS'] ?? 60)
const email = 'jane.roe@example.com'
const mark = '[EMAIL_ADDRESS]'

/** A text with addresses in it, cut between UTF-16 units. */
const cutText = (units: readonly string[], { fewest = 1, fewestCuts = 0, mostCuts = 12 } = {}): fc.Arbitrary<{ readonly text: string, readonly pieces: string[] }> => fc.tuple(
  fc.array(fc.constantFrom(...units, ` ${email} `), { minLength: fewest, maxLength: 8 }),
  fc.array(fc.nat(120), { minLength: fewestCuts, maxLength: mostCuts })
).map(([parts, cuts]) => {
  const text = parts.join('')
  const places = [...new Set(cuts.map(cut => Math.min(cut, text.length)))].sort((a, b) => a - b)
  return { text, pieces: [...places, text.length].map((end, index) => text.slice(index === 0 ? 0 : places[index - 1], end)) }
})
const words = ['hello ', ', ', '\n', '"so" ', 'é😀 ', '\\ ', 'a.b ', '@ ', 'jane.roe@ ']
const prose = cutText(words)
const json = cutText(['hello ', ', ', 'é😀 ', '/ ', 'jane.roe@ '])
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 })

const chatChunksOf = (choices: readonly unknown[]): string => [...choices.map(choice => JSON.stringify({ choices: [choice] })), '[DONE]'].map(data => `data: ${data}\n\n`).join('')
const chatChunks = (deltas: readonly unknown[]): string => chatChunksOf([...deltas.map(delta => ({ index: 0, delta, finish_reason: null })), { index: 0, delta: {}, finish_reason: 'stop' }])

interface Dialect {
  readonly protocol: string
  readonly contentType: string
  frame (pieces: readonly string[]): string
  /** Every place where the text stands in what came out, the pieces of a stream joined. */
  texts (parsed: readonly unknown[]): string[]
}

type Loose = Record<string, unknown> & { readonly delta?: unknown }
const of = (value: unknown, ...path: ReadonlyArray<string | number>): unknown => path.reduce<unknown>((inner, key) => inner === null || typeof inner !== 'object' ? undefined : (inner as Record<string | number, unknown>)[key], value)
const texts = (values: readonly unknown[]): string[] => values.filter(value => typeof value === 'string')
const sse = 'text/event-stream'

const dialects: Readonly<Record<string, Dialect>> = {
  'openai.chat': {
    protocol: 'openai.chat',
    contentType: sse,
    frame: pieces => chatChunks([...pieces.flatMap(text => [{ content: text }, { reasoning_content: text }])]),
    texts: parsed => ['content', 'reasoning_content'].map(name => texts(parsed.map(chunk => of(chunk, 'choices', 0, 'delta', name))).join(''))
  },
  'openai.completions': {
    protocol: 'openai.completions',
    contentType: sse,
    frame: pieces => [...pieces.map(text => JSON.stringify({ choices: [{ index: 0, text, finish_reason: null }] })), JSON.stringify({ choices: [{ index: 0, text: '', finish_reason: 'stop' }] }), '[DONE]'].map(data => `data: ${data}\n\n`).join(''),
    texts: parsed => [texts(parsed.map(chunk => of(chunk, 'choices', 0, 'text'))).join('')]
  },
  'openai.responses': {
    protocol: 'openai.responses',
    contentType: sse,
    frame: pieces => typedEvents(textEvents(pieces)),
    texts: parsed => [
      texts(parsed.filter(event => of(event, 'type') === 'response.output_text.delta').map(event => of(event, 'delta'))).join(''),
      ...texts(parsed.flatMap(event => [of(event, 'type') === 'response.output_text.done' ? of(event, 'text') : undefined, of(event, 'type') === 'response.content_part.done' ? of(event, 'part', 'text') : undefined])),
      ...texts(parsed.flatMap(event => [of(event, 'type') === 'response.output_item.done' ? of(event, 'item', 'content', 0, 'text') : undefined, of(event, 'type') === 'response.completed' ? of(event, 'response', 'output', 0, 'content', 0, 'text') : undefined]))
    ]
  },
  'anthropic.messages': {
    protocol: 'anthropic.messages',
    contentType: sse,
    frame: pieces => typedEvents(messageEvents([textBlock(pieces), { start: { type: 'thinking', thinking: '', signature: '' }, deltas: pieces.map(thinking => ({ type: 'thinking_delta', thinking })) }])),
    texts: parsed => ['text', 'thinking'].map(name => texts(parsed.map(event => of(event, 'delta', name))).join(''))
  },
  'ollama, a chat': {
    protocol: 'ollama',
    contentType: 'application/x-ndjson',
    frame: pieces => lines(chatLines(pieces)),
    texts: parsed => [texts(parsed.map(line => of(line, 'message', 'content'))).join('')]
  },
  'ollama, a generation': {
    protocol: 'ollama',
    contentType: 'application/x-ndjson',
    frame: pieces => lines([...pieces.map(response => ollamaLine({ response })), ollamaEnd({ response: '', context: [1, 2] })]),
    texts: parsed => [texts(parsed.map(line => of(line, 'response'))).join('')]
  }
}

/** Arguments of a call: their JSON is read, and what it says is compared. */
const calls: Readonly<Record<string, Dialect>> = {
  'openai.chat': {
    protocol: 'openai.chat',
    contentType: sse,
    frame: pieces => chatChunks(pieces.map((text, at) => ({ tool_calls: [{ index: 0, ...at === 0 ? { id: 'call_1', type: 'function' } : {}, function: { ...at === 0 ? { name: 'mail' } : {}, arguments: text } }] }))),
    texts: parsed => [texts(parsed.map(chunk => of(chunk, 'choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'))).join('')]
  },
  'openai.responses': {
    protocol: 'openai.responses',
    contentType: sse,
    frame: pieces => typedEvents(functionEvents('mail', pieces)),
    texts: parsed => [
      texts(parsed.filter(event => of(event, 'type') === 'response.function_call_arguments.delta').map(event => of(event, 'delta'))).join(''),
      ...texts(parsed.flatMap(event => [of(event, 'type') === 'response.function_call_arguments.done' ? of(event, 'arguments') : undefined, of(event, 'type') === 'response.output_item.done' ? of(event, 'item', 'arguments') : undefined, of(event, 'response', 'output', 0, 'arguments')]))
    ]
  },
  'anthropic.messages': {
    protocol: 'anthropic.messages',
    contentType: sse,
    frame: pieces => typedEvents(messageEvents([textBlock(['Writing.']), toolBlock('mail', ['', ...pieces])])),
    texts: parsed => [texts(parsed.map(event => of(event, 'delta', 'partial_json'))).join('')]
  }
}

function parse (out: Buffer, contentType: string): unknown[] {
  const data = out.toString('utf8').split('\n').map(line => contentType === sse ? /^data: (\{.*)$/.exec(line)?.[1] ?? '' : line)
  return data.filter(text => text !== '').map(text => JSON.parse(text) as Loose)
}

for (const [name, { protocol, contentType, frame, texts: textsOf }] of Object.entries(dialects)) {
  t.test(`${name}: the text that leaves is the redacted whole, wherever it stands`, async () => {
    await fc.assert(fc.asyncProperty(prose, sizes, async ({ text, pieces }, chunks) => {
      const body = Buffer.from(frame(pieces))
      const out = await streamThrough(protocolOf(protocol), contentType, body, chunks)
      const found = textsOf(parse(out, contentType))
      assert.ok(found.length > 0)
      for (const one of found) assert.equal(one, text.replaceAll(email, mark))
      assert.ok(!out.includes(email))
      if (!text.includes(email)) assert.ok(out.equals(body), 'what nothing was found in leaves byte for byte')
    }), { numRuns: runs })
  })
}

for (const [name, { protocol, contentType, frame, texts: textsOf }] of Object.entries(calls)) {
  t.test(`${name}: the arguments that leave say what was said, redacted`, async () => {
    await fc.assert(fc.asyncProperty(json, fc.boolean(), fc.array(fc.nat(200), { maxLength: 12 }), sizes, async ({ text }, isEscaped, cuts, chunks) => {
      const written = JSON.stringify({ to: text, n: [1, { deep: text }] })
      const args = isEscaped ? written.replaceAll('@', '\\u0040').replaceAll('.', '\\u002e') : written
      const places = [...new Set(cuts.map(cut => Math.min(cut, args.length)))].sort((a, b) => a - b)
      const pieces = [...places, args.length].map((end, index) => args.slice(index === 0 ? 0 : places[index - 1], end))
      const out = await streamThrough(protocolOf(protocol), contentType, Buffer.from(frame(pieces)), chunks)
      const expected = text.replaceAll(email, mark)
      for (const one of textsOf(parse(out, contentType))) assert.deepEqual(JSON.parse(one), { to: expected, n: [1, { deep: expected }] })
    }), { numRuns: runs })
  })
}

/** Pieces of several texts, each in its order, in runs of one text that are long enough for held text of another to be moved behind them. */
const mixed = (count: number): fc.Arbitrary<{ readonly texts: string[], readonly order: Array<readonly [lane: number, piece: string]> }> => fc.tuple(fc.array(cutText(words, { fewest: 6, fewestCuts: 20, mostCuts: 50 }), { minLength: count, maxLength: count }), fc.infiniteStream(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 })))).map(([cuts, turns]) => {
  const left = cuts.map(({ pieces }) => [...pieces])
  const order: Array<readonly [number, string]> = []
  for (const [choice, length] of turns) {
    const open = left.flatMap((pieces, lane) => pieces.length > 0 ? [lane] : [])
    const lane = open[choice % open.length]
    if (lane === undefined) break
    order.push(...(left[lane] ?? []).splice(0, length).map(piece => [lane, piece] as const))
  }
  return { texts: cuts.map(({ text }) => text), order }
})

/** Streams in which several texts take turns: what becomes of each is what would become of it alone. */
const takingTurns: Readonly<Record<string, { readonly lanes: number, frame (order: ReadonlyArray<readonly [lane: number, piece: string]>): string, texts (parsed: readonly unknown[], lane: number): string[] }>> = {
  'openai.chat': {
    lanes: 4,
    frame: order => chatChunksOf([
      ...order.map(([lane, text]) => ({ index: lane % 2, delta: lane < 2 ? { content: text } : { tool_calls: [{ index: 0, function: { name: 'say', arguments: text } }] }, finish_reason: null })),
      ...[1, 0].map(index => ({ index, delta: {}, finish_reason: 'stop' }))
    ]),
    texts: (parsed, lane) => [texts(parsed.filter(chunk => of(chunk, 'choices', 0, 'index') === lane % 2).map(chunk => lane < 2 ? of(chunk, 'choices', 0, 'delta', 'content') : of(chunk, 'choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'))).join('')]
  },
  'openai.completions': {
    lanes: 3,
    frame: order => chatChunksOf([...order.map(([index, text]) => ({ index, text, finish_reason: null })), ...[2, 0, 1].map(index => ({ index, text: '', finish_reason: 'stop' }))]),
    texts: (parsed, lane) => [texts(parsed.filter(chunk => of(chunk, 'choices', 0, 'index') === lane).map(chunk => of(chunk, 'choices', 0, 'text'))).join('')]
  },
  'openai.responses': {
    lanes: 2,
    frame: order => {
      const said = [0, 1].map(index => order.filter(([lane]) => lane === index).map(([, piece]) => piece).join(''))
      const items = said.map((text, index) => ({ ...messageItem(text), id: `msg_${index}` }))
      return typedEvents([
        { type: 'response.created', response: responseOf([]) },
        ...items.map((item, index) => ({ type: 'response.output_item.added', output_index: index, item: { ...item, content: [] } })),
        ...order.map(([lane, delta]) => ({ type: 'response.output_text.delta', item_id: `msg_${lane}`, output_index: lane, content_index: 0, delta })),
        ...[1, 0].flatMap(index => [
          { type: 'response.output_text.done', item_id: `msg_${index}`, output_index: index, content_index: 0, text: said[index] },
          { type: 'response.output_item.done', output_index: index, item: items[index] }
        ]),
        { type: 'response.completed', response: responseOf(items) }
      ])
    },
    texts: (parsed, lane) => {
      const own = parsed.filter(event => of(event, 'output_index') === lane)
      return [
        texts(own.filter(event => of(event, 'type') === 'response.output_text.delta').map(event => of(event, 'delta'))).join(''),
        ...texts(own.flatMap(event => [of(event, 'type') === 'response.output_text.done' ? of(event, 'text') : undefined, of(event, 'type') === 'response.output_item.done' ? of(event, 'item', 'content', 0, 'text') : undefined])),
        ...texts(parsed.map(event => of(event, 'type') === 'response.completed' ? of(event, 'response', 'output', lane, 'content', 0, 'text') : undefined))
      ]
    }
  }
}

for (const [name, { lanes: count, frame, texts: textsOf }] of Object.entries(takingTurns)) {
  t.test(`${name}: texts that take turns are redacted each as its own whole`, async () => {
    await fc.assert(fc.asyncProperty(mixed(count), sizes, async ({ texts: whole, order }, chunks) => {
      const out = await streamThrough(protocolOf(name), sse, Buffer.from(frame(order)), chunks)
      for (const [lane, text] of whole.entries()) for (const one of textsOf(parse(out, sse), lane)) assert.equal(one, text.replaceAll(email, mark))
    }), { numRuns: runs })
  })
}

t.test('citations follow the text that they point into', async t => {
  const text = `write to ${email} or see the page`
  const start = text.indexOf('the page')
  const cited = [{ type: 'url_citation', url: 'https://x.example', title: 'X', start_index: start, end_index: text.length }, { type: 'url_citation', url: 'https://x.example', title: 'X', start_index: 0, end_index: 5 }]
  const added = cited.map((annotation, index) => ({ type: 'response.output_text.annotation.added', item_id: 'msg_1', output_index: 0, content_index: 0, annotation_index: index, annotation }))
  const pieces = ['write to ', 'jane.roe@exa', 'mple.com or see', ' the page']
  const out = parse(await streamThrough(protocolOf('openai.responses'), sse, Buffer.from(typedEvents(textEvents(pieces, added, cited))), [64]), sse)
  const by = mark.length - email.length
  const moved = [[start + by, text.length + by], [0, 5]]
  const placesIn = (annotations: unknown): unknown => (annotations as Array<Record<string, unknown>>).map(({ start_index: from, end_index: to }) => [from, to])
  t.same(placesIn(out.filter(event => of(event, 'type') === 'response.output_text.annotation.added').map(event => of(event, 'annotation'))), moved)
  t.same(placesIn(of(out.find(event => of(event, 'type') === 'response.content_part.done'), 'part', 'annotations')), moved)
  t.same(placesIn(of(out.at(-1), 'response', 'output', 0, 'content', 0, 'annotations')), moved)
  const whole = protocolOf('openai.responses')
  const body = Buffer.from(JSON.stringify(of(parse(Buffer.from(typedEvents(textEvents([text], [], cited))), sse).at(-1), 'response')))
  const reading = whole.readAnswer({ status: 200, contentType: 'application/json', body, stream: false })
  const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'text')
  const edited = JSON.parse(Buffer.from(reading.rewrite([{ lane, start: 9, end: 9 + email.length, replacement: mark }])).toString()) as unknown
  t.same(placesIn(of(edited, 'output', 0, 'content', 0, 'annotations')), moved)
})

/** Where each word of a text stands, as citations would say it. */
const citationsOf = (text: string): Array<{ readonly start_index: number, readonly end_index: number }> => [...text.matchAll(/hello|a\.b/g)].map(({ index, 0: { length } }) => ({ start_index: index, end_index: index + length }))

async function checkCitations (whole: readonly string[], order: ReadonlyArray<readonly [lane: number, piece: string]>, chunks: readonly number[]): Promise<void> {
  const said = (index: number): string => whole[index] ?? ''
  const body = chatChunksOf([
    ...order.map(([index, content]) => ({ index, delta: { content }, finish_reason: null })),
    ...[0, 1].map(index => ({ index, delta: { annotations: citationsOf(said(index)).map(cited => ({ type: 'url_citation', url_citation: { url: 'https://x.example', title: '', ...cited } })) }, finish_reason: 'stop' }))
  ])
  const parsed = parse(await streamThrough(protocolOf('openai.chat'), sse, Buffer.from(body), chunks), sse).map(chunk => of(chunk, 'choices', 0))
  for (const index of [0, 1]) {
    const own = parsed.filter(choice => of(choice, 'index') === index)
    const text = texts(own.map(choice => of(choice, 'delta', 'content'))).join('')
    const cited = own.flatMap(choice => (of(choice, 'delta', 'annotations') ?? []) as unknown[]).map(annotation => of(annotation, 'url_citation')) as ReturnType<typeof citationsOf>
    assert.equal(text, said(index).replaceAll(email, mark))
    assert.deepEqual(cited.map(({ start_index: start, end_index: end }) => text.slice(start, end)), citationsOf(said(index)).map(({ start_index: start, end_index: end }) => said(index).slice(start, end)))
  }
}

t.test('citations still point to their words while texts take turns, and where text was moved to a later event', async () => {
  const many = Array.from({ length: 40 }, () => [1, 'hello '] as const)
  await checkCitations([`hello ${email} and hello, jane.roe@ hello`, 'hello '.repeat(80)], [[0, 'hello jane.roe@'], ...many, [0, 'example.com and hello, jane.roe@'], ...many, [0, ' hello']], [100])
  await fc.assert(fc.asyncProperty(mixed(2), sizes, async ({ texts: whole, order }, chunks) => { await checkCitations(whole, order, chunks) }), { numRuns: runs })
})
