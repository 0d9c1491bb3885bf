import t from 'tap'
import fc from 'fast-check'
import { AnchorReader, isWord, type Places } from '../../../../plugins/classify/patterns/anchors.ts'
import { buildAutomaton } from '../../../../plugins/classify/patterns/automaton.ts'

const words = ['ab', 'abc', 'bca', 'a b', '1a', 'api key', '://']
const automaton = buildAutomaton(words)
const roles = { anchors: Uint8Array.from(words, () => 1), context: Uint8Array.from(words, () => 1), lengths: Uint16Array.from(words, ({ length }) => length) }

const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcABC12 _-@:/é%'), maxLength: 80 }),
  fc.array(fc.constantFrom(...words, 'x', ' ', '42', 'API_KEY', 'aGVsbG8gd29ybGQ', '\u200b'), { maxLength: 20 }).map(parts => parts.join(''))
)

function list ({ items, count }: Places): number[] {
  return [...items.subarray(0, count)]
}

/** All that a reader found, having read up to each of these places in turn. */
function readAll (text: string, stops: readonly number[]): unknown {
  const reader = new AnchorReader(automaton, roles)
  reader.open(text)
  for (const stop of [...stops.map(stop => Math.min(stop, text.length)).sort((a, b) => a - b), text.length]) reader.read(stop)
  const { numbers, ats, runs, anchorWords, contextWords, hasEscapes } = reader
  const wordsOf = ({ words, ends }: typeof anchorWords): number[][] => list(words).map((word, index) => [list(ends)[index] ?? 0, word]).sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d)
  return { numbers: list(numbers), ats: list(ats), runs: list(runs), anchors: wordsOf(anchorWords), context: wordsOf(contextWords), hasEscapes }
}

/** The same by other means. */
function expected (text: string): unknown {
  const plain = text.toLowerCase().replace(/[_-]/g, ' ')
  const runs = [...text.matchAll(/[A-Za-z0-9]+/g)]
  const found = words.flatMap((word, index) => Array.from({ length: plain.length }, (_, at) => at).filter(at => plain.startsWith(word, at)).map(at => [at + word.length, index]))
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d)
  return {
    numbers: runs.filter(([run]) => /\d/.test(run)).map(({ index }) => index),
    ats: [...text.matchAll(/@/g)].map(({ index }) => index),
    runs: runs.filter(([run]) => run.length >= 12 && /[A-Z0-9]/.test(run)).map(({ index }) => index),
    anchors: found,
    context: found.filter(([end = 0, word = 0]) => isWord(text, end - (words[word]?.length ?? 0), end)),
    hasEscapes: /[%&\\=]/.test(text)
  }
}

t.test('one pass finds numbers, signs, runs and words, in however many steps it is made', async t => {
  fc.assert(fc.property(texts, fc.array(fc.nat(80), { maxLength: 3 }), (text, stops) => {
    t.strictSame(readAll(text, stops), expected(text))
  }), { numRuns: 500 })
  t.pass()
})

t.test('a reader used again knows nothing of the text before', async t => {
  const reader = new AnchorReader(automaton, roles)
  reader.open('abc 12 @ % aGVsbG8gd29ybGQ1')
  reader.read(20)
  reader.open('x')
  reader.read(1)
  t.strictSame([reader.numbers.count, reader.ats.count, reader.runs.count, reader.anchorWords.count, reader.contextWords.count, reader.hasEscapes], [0, 0, 0, 0, 0, false])
})

t.test('words are found whatever their number', async t => {
  const reader = new AnchorReader(automaton, roles)
  reader.open('ab '.repeat(1000))
  reader.read(3000)
  t.equal(reader.anchorWords.count, 1000)
  reader.anchorWords.forget(1500)
  t.equal(reader.anchorWords.count, 500)
})
