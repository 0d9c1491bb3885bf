/** What `sallyport token --claim` adds. */
import t from 'tap'
import { furtherClaims } from '../../../core/cli/token/further-claims.ts'

t.test('a value is JSON, or else a text', async t => {
  t.strictSame(furtherClaims(['acr=high', 'may_act={"sub":"writer"}', 'amr=["pwd","otp"]', 'level=3', 'note=a=b', 'empty=']), { acr: 'high', may_act: { sub: 'writer' }, amr: ['pwd', 'otp'], level: 3, note: 'a=b', empty: '' })
})

t.test('a claim of the issuer itself, and what is no pair, is refused', async t => {
  for (const pair of ['iss=https://other.example', 'aud=other', 'iat=1', 'exp=9999999999', 'acr', '=x']) t.throws(() => furtherClaims([pair]), /--claim/, pair)
})
