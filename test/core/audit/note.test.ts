import t from 'tap'
import fc from 'fast-check'
import { holds } from './parts.ts'
import { newSigningKey, openSigningKey, signCheckpoint, verifierText } from '../../../core/audit/note.ts'
import { openCheckpoint, parseVerifier } from '../../../core/audit/verify/note.ts'

const key = openSigningKey('example.com/log', newSigningKey())
const verifier = parseVerifier(verifierText(key))
const root = Buffer.alloc(32, 7)
const note = signCheckpoint(key, 41, root)

t.test('a checkpoint is origin, size and root on a line each, an empty line, and the signature', async t => {
  t.match(note.split('\n'), ['example.com/log', '41', root.toString('base64'), '', /^— example\.com\/log [A-Za-z0-9+/]{91}=$/, ''])
  t.match(openCheckpoint(note, [verifier]), { origin: 'example.com/log', size: 41, root })
})

t.test('a verifier key is read as the signed-note specification writes it', async t => {
  const text = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
  t.equal(parseVerifier(text).origin, 'PeterNeumann')
  t.throws(() => parseVerifier(text.replace('c74f20a3', 'c74f20a4')), /does not fit/)
  t.throws(() => parseVerifier('PeterNeumann'), /not a note verifier key/)
})

t.test('a note with any character changed does not open', async t => {
  holds(t, fc.property(fc.nat(note.length - 1), fc.constantFrom(...'A9+/=\n x'), (at, character) => {
    const changed = note.slice(0, at) + character + note.slice(at + 1)
    return changed === note || throws(changed)
  }), { numRuns: 500 })
})

t.test('a key of another log, or none, opens nothing', async t => {
  const other = parseVerifier(verifierText(openSigningKey('example.com/log', newSigningKey())))
  t.throws(() => openCheckpoint(note, [other]), /no known key/)
  t.throws(() => openCheckpoint(note, []), /no known key/)
  t.match(openCheckpoint(note, [other, verifier]), { size: 41 })
})

function throws (text: string): boolean {
  try {
    openCheckpoint(text, [verifier])
    return false
  } catch {
    return true
  }
}
