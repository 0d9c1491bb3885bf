import t from 'tap'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { find, valuesOf } from './scanning.ts'
import { numbers } from './numbers.ts'
import { samples } from './samples.ts'

for (const [label, { finds, ignores }] of Object.entries(samples)) {
  t.test(label, async t => {
    for (const [text, value, ...path] of finds) {
      t.test(`finds ${JSON.stringify(text).slice(0, 60)}${path.length > 0 ? ` at ${path.join('/')}` : ''}`, async t => {
        t.strictSame(valuesOf(label, text, path), [value])
      })
    }
    for (const [text, ...path] of ignores) {
      t.test(`is silent on ${JSON.stringify(text).slice(0, 60)}${path.length > 0 ? ` at ${path.join('/')}` : ''}`, async t => {
        t.strictSame(valuesOf(label, text, path), [])
      })
    }
  })
}

t.test('every label has samples of what it finds and of what it leaves', async t => {
  t.strictSame([...new Set(detectors.map(({ label }) => label))].filter(label => samples[label] === undefined && !numbers.some(one => one.label === label) && !label.startsWith('secret.')), [])
})

const clean = [
  'build 1.22.333.4444 took 00:12:33.123456 on 2026-11-24T02:28:22.123456Z',
  '550e8400-e29b-41d4-a716-446655440000 and 00000000-0000-0000-0000-000000000000',
  'd41d8cd98f00b204e9800998ecf8427e e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '{"created":1795400000,"ms":1795400000000,"us":1795400000000000,"ns":1795400000000000000}',
  '"sha512-6wzz2jjpPNQHmCUrzZ1pjXhUJ2j4gBHcnmMcKXGZhEDnl/uBjMvSGNCsBVRnDJXjlWc3+OPs2jEQyHEgKnPW1A=="',
  'const total = items.reduce((sum, item) => sum + item.price * 100, 0) // 12345678',
  'import { readFile } from "node:fs/promises"; const token = await getToken(user, 30_000)',
  'password: string; apiKey?: string; secret: process.env.SECRET ?? ""; token = "$TOKEN"',
  'Set PASSWORD=<your-password> and API_KEY=your-api-key-goes-here-please-now',
  '| 1200 | 3400 | 5600 | 7800 | 1.5e-10 | 3.14159265358979 |',
  'a@decorator b@2x.png foo@1.2.3 @scope/package@^4.5.6 git@github.com:owner/repository.git',
  'see RFC 9068, section 4.1.2.3; ISO 27001:2022; pages 123-456-7890123',
  'https://example.org/items/1234567890?page=2&size=100#L120-L240',
  'pi is 3.141592653589793238462643383279502884197169399375105820974944592307816',
  'the patient was kind, the card game was fun and the token gesture was well received in 1999'
]

t.test('clean text raises no alarm', async t => {
  for (const text of clean) t.strictSame(find(text), [], text)
})
