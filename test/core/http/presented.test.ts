import t from 'tap'
import { property, assert, array, constantFrom, tuple } from 'fast-check'
import { readPresented } from '../../../core/http/presented.ts'

const places = {
  authorization: 'authorization', 'x-api-key': 'apiKeys', 'api-key': 'apiKeys', dpop: 'proofs', 'txn-token': 'transaction', 'workload-identity-token': 'identity', 'workload-proof-token': 'proof', 'x-cert': 'certificate', 'x-cert-chain': 'chain'
} as const
const names = [...Object.keys(places), 'accept', 'host', 'dpop2', 'x-api-keys', 'auth0rization', '__proto__', 'constructor']

function anyCase (name: string, seed: number): string {
  return [...name].map((letter, index) => (seed + index) % 3 === 0 ? letter.toUpperCase() : letter).join('')
}

t.test('every value is found in its place, in the order sent and in any case, and no other header is read', async () => {
  assert(property(array(tuple(constantFrom(...names), constantFrom('', 'a', 'b'), constantFrom(0, 1, 2))), headers => {
    const presented = readPresented(headers.flatMap(([name, value, seed]) => [anyCase(name, seed), value]), 'x-cert')
    const found = Object.fromEntries(Object.values(places).map(place => [place, [] as string[]]))
    for (const [name, value] of headers) if (name in places && Object.hasOwn(places, name)) found[places[name as keyof typeof places]]?.push(value)
    t.same(presented, found)
  }), { numRuns: 300 })
})

t.test('without a proxy that hands certificates on, its header is one like another', async t => {
  t.match(readPresented(['X-Cert', 'a', 'Client-Cert', 'b'], null), { certificate: [], chain: [] })
})

t.test('what is presented once is not what is presented by the next', async t => {
  readPresented(['authorization', 'first'], null)
  t.same(readPresented([], null).authorization, [])
  t.same(readPresented(['authorization', 'second', 'Authorization', 'third'], null).authorization, ['second', 'third'])
})
