import t from 'tap'
import fc from 'fast-check'
import { business } from '../../../../plugins/classify/patterns/detectors/secrets/business.ts'
import { cloud } from '../../../../plugins/classify/patterns/detectors/secrets/cloud.ts'
import { development } from '../../../../plugins/classify/patterns/detectors/secrets/development.ts'
import { secrets } from '../../../../plugins/classify/patterns/detectors/secrets/index.ts'
import { models } from '../../../../plugins/classify/patterns/detectors/secrets/models.ts'
import { isPlaceholder } from '../../../../plugins/classify/patterns/detectors/secrets/token.ts'
import { find, joined } from './scanning.ts'

const shapes = [...models, ...cloud, ...development, ...business]

/** A token of a shape, as its vendor might give it out. */
function tokens (prefix: string, rest: string): fc.Arbitrary<string> {
  return fc.stringMatching(new RegExp(`^${rest}$`)).filter(body => !isPlaceholder(body.slice(-12)) && !isPlaceholder(body) && /\d/.test(body) && body.length > 11).map(body => prefix + body)
}

const places: ReadonlyArray<readonly [before: string, after: string]> = [['', ''], ['key: ', ''], ['TOKEN="', '"'], ['curl -H "x: ', '" https://x'], ['{"a":"', '"}'], ['(', ')'], ['use ', ', please']]

t.test('there are about two hundred rules', async t => {
  t.ok(secrets.length >= 200, String(secrets.length))
})

for (const { label, prefixes, rest } of shapes) {
  t.test(`${label} ${prefixes[0] ?? ''} is found wherever it stands`, async t => {
    fc.assert(fc.property(fc.constantFrom(...prefixes).chain(prefix => tokens(prefix, rest)), fc.constantFrom(...places), (token, [before, after]) => {
      return find(before + token + after).some(({ label: found, start, value }) => found.startsWith('secret.') && start <= before.length && start + value.length >= before.length + token.length)
    }), { numRuns: 4 })
    t.pass()
  })
}

t.test('what documentation puts in a token\'s place is none', async t => {
  for (const { prefixes, rest } of shapes) {
    const [length = 40] = /\{(\d+)/.exec(rest)?.slice(1).map(Number) ?? []
    const token = `${prefixes[0] ?? ''}${'x'.repeat(length)}`
    t.strictSame(find(`token ${token} here`).filter(({ label }) => label.startsWith('secret.')), [], token)
  }
})

const assigned: ReadonlyArray<readonly [text: string, value: string]> = [
  ['DATADOG_API_KEY=3f2a9c1b7d8e4f60a5b4c3d2e1f09a8b', '3f2a9c1b7d8e4f60a5b4c3d2e1f09a8b'], ['twilio auth_token: "9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a"', '9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a'], ['mailchimp_key = 0a1b2c3d4e5f60718293a4b5c6d7e8f9-us14', '0a1b2c3d4e5f60718293a4b5c6d7e8f9-us14'],
  ['HEROKU_API_KEY=6f1c9d2e-8b7a-4c3d-9e2f-1a0b9c8d7e6f', '6f1c9d2e-8b7a-4c3d-9e2f-1a0b9c8d7e6f'],
  ['mysql --password hunter2x -h db', 'hunter2x'], ['<password>Tr0ub4dor&3</password>', 'Tr0ub4dor&3'], ['POSTGRES_PASSWORD=correcthorsebattery', 'correcthorsebattery'], ['my pin is 4821', '4821'], ['the password for the vpn is Winter2026!', 'Winter2026'],
  ['?user=jane&password=S3cretPw9&x=1', 'S3cretPw9'], ['client_secret: "q8X2vB7nM4kL9pR3tY6w"', 'q8X2vB7nM4kL9pR3tY6w'], ['The API token is q8X2vB7nM4kL9pR3tY6w.', 'q8X2vB7nM4kL9pR3tY6w']
]

for (const [text, value] of assigned) {
  t.test(`its surroundings betray the value in ${text}`, async t => {
    t.ok(find(text).some(found => found.label.startsWith('secret.') && found.value.startsWith(value)), JSON.stringify(find(text)))
  })
}

const innocent = [
  'password: Uint8Array, salt: Uint8Array', 'const token = request.headers.authorization', 'secretName: my-app-secret-v2-prod', 'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased-v2")', 'PWD=/home/jane/project1', 'password = settings.DATABASE_PASSWORD_2',
  joined('API_KEY=$', '{API_KEY_2}'), 'api_key: <your-api-key-123>', 'the password must have 8 characters', '[PASSWORD:9f2c1a7b3d5e8f60a1b2c3d4]', 'access_token=ACCESS_TOKEN_1', 'const passwordHash2 = hashPassword2(input)', 'GPIO pin 1234', 'token: string; secret: number', 'AKIAIOSFODNN7EXAMPLE',
  'sha512-6wzz2jjpPNQHmCUrzZ1pjXhUJ2j4gBHcnmMcKXGZhEDnl', 'key: user_profile_settings_page_v2', 'commit 3f2a9c1b7d8e4f60a5b4c3d2e1f09a8b12345678'
]

t.test('names, types, references and blanks are no credentials', async t => {
  for (const text of innocent) t.strictSame(find(text).filter(({ label }) => label.startsWith('secret.')), [], text)
})
