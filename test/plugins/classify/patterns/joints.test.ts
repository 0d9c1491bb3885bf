import t from 'tap'
import fc from 'fast-check'
import type { Leaf } from '../../../../core/pipeline/plugin.ts'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { scanLeaves } from '../../../../plugins/classify/patterns/prompt.ts'
import { joined } from './scanning.ts'

const detection = prepareDetection(detectors, ['*'], 500)

function leaf (path: string, text: string): Leaf {
  return { path: path.split('/'), pattern: `/${path.replace(/\d+/g, '*')}`, place: 'body', kind: 'string', text, start: 0, end: 0 }
}

/** A message as leaves, of one text or of several parts. */
function message (index: number, role: string, ...parts: readonly string[]): Leaf[] {
  const [only = ''] = parts
  const content = parts.length === 1 ? [leaf(`messages/${index}/content`, only)] : parts.map((part, place) => leaf(`messages/${index}/content/${place}/text`, part))
  return [leaf(`messages/${index}/role`, role), ...content]
}

function foundIn (leaves: readonly Leaf[]): Array<readonly [string, string]> {
  return scanLeaves(leaves, detection).map(({ label, leaf: index, start, end }) => [label, leaves[index]?.text.slice(start, end) ?? ''] as const)
}

const card = '4111111111111111'

t.test('a value cut over two parts is found in both', async t => {
  t.strictSame(foundIn(message(0, 'user', 'my card: 41111111', '11111111, thanks')), [['pci.credit_card', '41111111'], ['pci.credit_card', '11111111']])
})

t.test('and over many, wherever it is cut', async t => {
  fc.assert(fc.property(fc.array(fc.nat(card.length), { minLength: 1, maxLength: 6 }), cuts => {
    const places = [...new Set(cuts)].sort((a, b) => a - b)
    const parts = [...places, card.length].map((end, index) => card.slice(places[index - 1] ?? 0, end))
    const leaves = message(0, 'user', 'so: ', ...parts, ' and')
    return foundIn(leaves).filter(([label]) => label === 'pci.credit_card').map(([, text]) => text).join('') === card
  }))
  t.pass()
})

t.test('and with spaces between', async t => {
  t.strictSame(foundIn(message(0, 'user', 'card 4111 1111', ' ', '1111 1111')).map(([, text]) => text), ['4111 1111', ' ', '1111 1111'])
})

t.test('and over messages of one role, whatever another says between', async t => {
  const key = joined('AKIA', 'Q3EGRZ7VXLPWN2DC')
  const cut = [...message(0, 'user', `${'so it goes '.repeat(50)}${key.slice(0, 9)}`), ...message(1, 'assistant', 'go on, 5'), ...message(2, 'user', `${key.slice(9)} ${'and on '.repeat(50)}`)]
  t.strictSame(foundIn(cut), [['secret.aws_access_key', key.slice(0, 9)], ['secret.aws_access_key', key.slice(9)]])
  const apart = [...message(0, 'user', key.slice(0, 9)), ...message(1, 'assistant', key.slice(9))]
  t.strictSame(foundIn(apart), [], 'of two roles they are two texts')
})

t.test('and from a message that is a text to one of parts', async t => {
  t.strictSame(foundIn([...message(0, 'user', 'card 41111111'), ...message(1, 'user', '11111111', 'ok')]), [['pci.credit_card', '41111111'], ['pci.credit_card', '11111111']])
})

t.test('what stands in one leaf is found once', async t => {
  t.strictSame(foundIn(message(0, 'user', `one ${card} `, 'two', 'three 3')), [['pci.credit_card', card]])
})

t.test('values under different keys are not joined', async t => {
  t.strictSame(foundIn([leaf('a/first', '41111111'), leaf('a/second', '11111111')].map(one => ({ ...one, pattern: '/*/*' }))), [])
})

t.test('only what is sure of itself counts across a border', async t => {
  t.strictSame(foundIn(message(0, 'user', 'call 415-555-', '2671 today')).length, 2, 'a telephone number that a word names')
  t.strictSame(foundIn(message(0, 'user', 'number 415-555-', '2671 today')), [], 'one that nothing names')
})
