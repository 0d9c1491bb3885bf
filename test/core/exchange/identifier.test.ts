import t from 'tap'
import { newIdentifier } from '../../../core/exchange/identifier.ts'

t.test('an identifier is a UUIDv7 of its time', async t => {
  const nowMs = 1_795_400_000_000
  const id = newIdentifier(nowMs)
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(parseInt(id.replace('-', '').slice(0, 12), 16), nowMs)
})

t.test('identifiers of one millisecond differ', async t => {
  const ids = new Set(Array.from({ length: 20_000 }, () => newIdentifier(1)))
  t.equal(ids.size, 20_000)
})
