import t from 'tap'
import fc from 'fast-check'
import type { Leaf } from '../../../core/pipeline/facts.ts'
import { openEncoding } from '../../../core/tokens/encoding.ts'
import { refine } from '../../../core/tokens/estimate.ts'

const count = await openEncoding('o200k_base')

function leaf (text: string, start = 0): Leaf {
  return { path: [], pattern: '', place: 'body', kind: 'string', text, start, end: start + Buffer.byteLength(text) + 2 }
}

/** As protocols estimate: four bytes of text are a token. */
function byBytes (texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 4)
}

function estimate (...texts: string[]): number {
  return refine(byBytes(texts), texts.map(text => leaf(text)), count)
}

t.test('a short prompt is counted whole', async t => {
  const texts = ['You are a helpful assistant.', 'Wie viele Einwohner hat Görlitz?', '请问格尔利茨有多少居民？']
  t.equal(estimate(...texts), texts.reduce((sum, text) => sum + count(text), 0))
})

t.test('what is no text stays as the protocol counts it', async t => {
  t.equal(refine(byBytes(['hello world']) + 100, [leaf('hello world'), { ...leaf('12345'), kind: 'number' }], count), 102)
})

const prose = 'The committee met on Tuesday to discuss the harbour\'s new breakwater, which had been delayed twice since the storms of last winter. '
const code = 'export function total (rows: readonly Row[]): number {\n  return rows.reduce((sum, { amount, rate }) => sum + amount * (1 + rate), 0)\n}\n\n'
const german = 'Die Genehmigung der Wasserkraftanlage verzögert sich, weil Unterlagen zur Fischdurchgängigkeit fehlen. '
const chinese = '由于缺少有关鱼类通行的文件，水电站的审批被推迟，委员会将在下周二再次开会讨论。'
const json = '{"id":"c7f3a9","at":"2026-11-25T13:31:07Z","values":[0.125,17,null,true],"name":"breakwater"},'

t.test('a long prompt is counted by samples: near the whole count, for any script and for mixtures', async t => {
  for (const [name, texts] of Object.entries({
    prose: [prose.repeat(200)],
    code: [code.repeat(200)],
    german: [german.repeat(200)],
    chinese: [chinese.repeat(300)],
    json: [json.repeat(200)],
    mixed: [prose.repeat(20), code.repeat(60), german.repeat(80), chinese.repeat(100), json.repeat(40)],
    'many short ones': Array.from({ length: 400 }, (_, i) => [prose, code, german, chinese, json][i % 5] ?? '')
  })) {
    const whole = texts.reduce((sum, text) => sum + count(text), 0)
    const error = estimate(...texts) / whole - 1
    t.ok(Math.abs(error) < 0.15, `${name}: ${(error * 100).toFixed(1)} %`)
  }
})

t.test('whatever the texts, an estimate is a whole number, and its cost is bounded', async () => {
  let asked = 0
  const counting = (text: string): number => {
    asked += text.length
    return count(text)
  }
  fc.assert(fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constant('x'.repeat(5000)), fc.constant('')), { maxLength: 20 }), texts => {
    asked = 0
    const tokens = refine(byBytes(texts), texts.map(text => leaf(text)), counting)
    return Number.isSafeInteger(tokens) && tokens >= 0 && asked <= 2048
  }), { numRuns: 300 })
})
