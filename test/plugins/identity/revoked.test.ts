/** Reads lists of revoked certificates. */
import t from 'tap'
import { readRevoked } from '../../../plugins/identity/certificate/revoked.ts'

t.test('a list of fingerprints is one whatever digit it begins with', t => {
  for (const digit of '0123456789abcdef') {
    const fingerprint = digit.repeat(64)
    t.strictSame([...readRevoked(Buffer.from(fingerprint)).fingerprints], [fingerprint])
    t.strictSame([...readRevoked(Buffer.from(`${fingerprint.replace(/(..)(?=.)/g, '$1:')}\n`)).fingerprints], [fingerprint])
  }
  t.end()
})
