import { createHmac, createSecretKey } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import { hmacSha256 } from '../../../core/enforce/hmac.ts'

t.test('RFC 4231, test cases 1 to 4, 6 and 7', async t => {
  const cases = [
    ['0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['4a656665', '7768617420646f2079612077616e7420666f72206e6f7468696e673f', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    ['0102030405060708090a0b0c0d0e0f10111213141516171819', 'cd'.repeat(50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
    ['aa'.repeat(131), Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
    ['aa'.repeat(131), Buffer.from('This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.').toString('hex'), '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2']
  ] as const
  for (const [key, message, expected] of cases) t.equal(hmacSha256(createSecretKey(Buffer.from(key, 'hex')), [Buffer.from(message, 'hex')]), expected)
})

t.test('it is createHmac, for every key and message, however the message is cut', async () => {
  const bytes = (most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: most })
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.array(bytes(300), { maxLength: 6 }), (secret, pieces) => {
    const key = createSecretKey(secret)
    return hmacSha256(key, pieces) === createHmac('sha256', key).update(Buffer.concat(pieces)).digest('hex')
  }))
})

t.test('messages on both sides of what is copied, and shorter ones after longer ones', async t => {
  const key = createSecretKey(Buffer.alloc(32, 9))
  for (const length of [32 * 1024, 32 * 1024 + 1, 100_000, 10, 0]) {
    const message = Buffer.alloc(length, length % 251)
    t.equal(hmacSha256(key, [message.subarray(0, length / 3), message.subarray(length / 3)]), createHmac('sha256', key).update(message).digest('hex'), String(length))
  }
})
