/** What is remembered of verified credentials: bounded, and never longer than it holds. */
import fc from 'fast-check'
import t from 'tap'
import { VerifiedCredentials, type Remembered } from '../../../plugins/identity/token/cache.ts'
import { createIssuer } from '../../helpers/issuer.ts'
import { openFor } from './parts.ts'

const entry = (untilMs = Infinity, isCurrent = (): boolean => true): Remembered => ({ untilMs, isCurrent })

t.test('an entry is found until its end, and not at it', async t => {
  const cache = new VerifiedCredentials()
  cache.set('a', entry(1000))
  t.ok(cache.get('a', 999))
  t.equal(cache.get('a', 1000), null)
  t.equal(cache.get('a', 999), null, 'what has ended is forgotten')
})

t.test('an entry that rests on something that changed is not found', async t => {
  const cache = new VerifiedCredentials()
  let current = true
  cache.set('a', entry(Infinity, () => current))
  t.ok(cache.get('a', 0))
  current = false
  t.equal(cache.get('a', 0), null)
})

t.test('the whole text counts', async t => {
  const cache = new VerifiedCredentials()
  cache.set('Bearer abc', entry())
  for (const other of ['Bearer abd', 'bearer abc', 'Bearer abc ', 'Bearer ab', '']) t.equal(cache.get(other, 0), null, JSON.stringify(other))
})

t.test('there are never more entries than allowed, and those in use stay', async () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 20 }), fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 }), (most, names) => {
    const cache = new VerifiedCredentials(most)
    cache.set('kept', entry())
    for (const name of names) {
      cache.set(`t-${name}`, entry())
      if (cache.size > most || cache.get('kept', 0) === null) return false
    }
    return true
  }))
})

t.test('what was set last is found, whatever came before', async () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 200 }), steps => {
    const cache = new VerifiedCredentials(4)
    for (const [name, isSet] of steps) {
      const made = entry()
      if (isSet) cache.set(name, made)
      if (isSet && cache.get(name, 0) !== made) return false
      if (!isSet) cache.get(name, 0)
    }
    return cache.size <= 4
  }))
})

t.test('a known token is answered without a promise, and with the same principal', async t => {
  const issuer = await createIssuer()
  const { stage, ask } = await openFor(t, issuer)
  const token = await issuer.sign()
  const first = await ask(token)
  const credential = { authorization: [`Bearer ${token}`], apiKeys: [], proofs: [], workload: { transaction: [], identity: [], proof: [] }, certificates: [], certificateRefused: false, tokenInQuery: false, method: 'POST', path: '/', url: null, role: null }
  const answer = stage.run({ credential }, new AbortController().signal)
  t.ok('kind' in answer && answer.kind === 'continue' && answer.facts.principal === first)
  t.ok('then' in stage.run({ credential: { ...credential, apiKeys: ['k'] } }, new AbortController().signal), 'something beside it is looked at')
})

t.test('tokens that are refused are not remembered: they leave no room for those that are not', async t => {
  const issuer = await createIssuer()
  const { ask } = await openFor(t, issuer)
  const good = await issuer.sign()
  const principal = await ask(good)
  for (let index = 0; index < 25_000; index++) if (typeof await ask(`garbage-${index}`) !== 'string') t.fail('garbage was accepted')
  t.equal(await ask(good), principal, 'the very same: it was never forgotten')
})
