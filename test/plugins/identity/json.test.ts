/** The JSON of tokens: an object, and no key twice at any depth, however it is spelt. */
import fc from 'fast-check'
import t from 'tap'
import { readStrictObject } from '../../../plugins/identity/token/json.ts'

type Tree = string | number | null | { readonly list: readonly Tree[] } | { readonly members: ReadonlyArray<readonly [key: string, value: Tree]> }

const key = fc.oneof(fc.constantFrom('a', 'b', '"', '\\', '{', '}', ':', '__proto__', 'é', '😀', ''), fc.string({ maxLength: 3 }))
const { object } = fc.letrec<{ object: { readonly members: ReadonlyArray<readonly [string, Tree]> }, value: Tree }>(tie => ({
  object: fc.record({ members: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }) }),
  value: fc.oneof({ depthSize: 'small' }, key, fc.integer(), fc.constant(null), fc.record({ list: fc.array(tie('value'), { maxLength: 3 }) }), tie('object'))
}))

/** As JSON, each letter escaped or not as the bits say. */
function render (tree: Tree, bits: () => boolean): string {
  if (typeof tree === 'string') return spell(tree, bits)
  if (tree === null || typeof tree === 'number') return JSON.stringify(tree)
  if ('list' in tree) return `[${tree.list.map(one => render(one, bits)).join(',')}]`
  return `{${tree.members.map(([name, value]) => `${spell(name, bits)}${bits() ? ' ' : ''}:${bits() ? '\n' : ''}${render(value, bits)}`).join(',')}}`
}

function spell (text: string, bits: () => boolean): string {
  const letters = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
  const plain = JSON.stringify(text)
  return bits() ? plain : `"${letters.map(code => `\\u${code.toString(16).padStart(4, '0')}`).join('')}"`
}

function repeats (tree: Tree): boolean {
  if (tree === null || typeof tree !== 'object') return false
  if ('list' in tree) return tree.list.some(repeats)
  return new Set(tree.members.map(([name]) => name)).size < tree.members.length || tree.members.some(([, value]) => repeats(value))
}

t.test('an object is read exactly where no key of it stands twice', async () => {
  fc.assert(fc.property(object, fc.infiniteStream(fc.boolean()), (tree, stream) => {
    const text = render(tree, () => stream.next().value === true)
    const read = readStrictObject(Buffer.from(text))
    return repeats(tree) ? read === null : JSON.stringify(read) === JSON.stringify(JSON.parse(text))
  }), { numRuns: 2000 })
})
