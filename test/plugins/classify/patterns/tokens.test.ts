import t from 'tap'
import { crc32, inBase62 } from '../../../../plugins/classify/patterns/checks/crc32.ts'
import { find, joined } from './scanning.ts'

const body = 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3'

t.test('a GitHub token whose check digits hold is surer than one whose do not, and both are found', async t => {
  const right = joined('ghp_', body, inBase62(crc32(body), 6))
  const wrong = joined('ghp_', body, '000000')
  t.match(find(right), [{ label: 'secret.github_token', confidence: 1000, value: right }])
  t.match(find(wrong), [{ label: 'secret.github_token', confidence: 900, value: wrong }])
})

t.test('a vendor token is named by its vendor alone, also where it is assigned', async t => {
  const token = joined('ghp_', body, '123456')
  t.strictSame(find(`token = "${token}"`).map(({ label }) => label), ['secret.github_token'])
  t.strictSame(find(joined('password=sk-', 'ant-api03-', body)).map(({ label }) => label), ['secret.anthropic_key'])
})

t.test('the address in a connection string is no e-mail address', async t => {
  t.strictSame(find('postgres://bob:s3cr3tpw@db.example.com/app').map(({ label }) => label), ['secret.connection_string'])
})

t.test('a private key that is cut off is taken as far as it goes', async t => {
  const text = `${joined('-----', 'BEGIN')} PRIVATE KEY-----\nMIIEvQIBADANBg`
  t.match(find(`key:\n${text}`), [{ label: 'secret.private_key', value: text, start: 5 }])
})
