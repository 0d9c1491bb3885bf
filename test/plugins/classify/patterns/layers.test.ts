import t from 'tap'
import fc from 'fast-check'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { scanLayers } from '../../../../plugins/classify/patterns/layers/scan.ts'
import { viewsOf } from '../../../../plugins/classify/patterns/layers/views.ts'
import { joined } from './scanning.ts'

const detection = prepareDetection(detectors, ['*'], 500)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const hex = (text: string): string => Buffer.from(text).toString('hex')
const each = (text: string, write: (unit: string, code: string) => string): string => [...text].map(unit => write(unit, (unit.codePointAt(0) ?? 0).toString(16).padStart(2, '0'))).join('')

/** Ways to write a text so that it does not look like itself. */
const disguises: Readonly<Record<string, (text: string) => string>> = {
  'percent, all of it': text => each(text, (_unit, code) => `%${code}`),
  'percent, as addresses have it': encodeURIComponent,
  'HTML, decimal': text => each(text, unit => `&#${unit.charCodeAt(0)};`),
  'HTML, hexadecimal': text => each(text, (_unit, code) => `&#x${code};`),
  'HTML, by name': text => text.replace(/@/g, '&commat;').replace(/\./g, '&period;').replace(/-/g, '&hyphen;').replace(/_/g, '&lowbar;'),
  'escapes of JSON': text => each(text, (_unit, code) => `\\u${code.padStart(4, '0')}`),
  'escapes of a program': text => each(text, (_unit, code) => `\\x${code}`),
  'octal escapes': text => each(text, unit => `\\${unit.charCodeAt(0).toString(8).padStart(3, '0')}`),
  'quoted-printable': text => each(text, (_unit, code) => `=${code.toUpperCase()}`),
  'base 64': base64,
  'base 64 for URLs': text => Buffer.from(text).toString('base64url'),
  'base 64 of two bytes each': text => Buffer.from(text, 'utf16le').toString('base64'),
  hexadecimal: hex,
  'hexadecimal, upper case': text => hex(text).toUpperCase(),
  'hexadecimal of full-width forms': text => Buffer.from(each(text, unit => unit >= '!' && unit <= '~' ? String.fromCharCode(unit.charCodeAt(0) + 0xfee0) : unit)).toString('hex'),
  'hexadecimal, in pairs': text => hex(text).match(/../g)?.join(' ') ?? '',
  'hexadecimal, as bytes of a program': text => hex(text).match(/../g)?.map(pair => `0x${pair}`).join(', ') ?? '',
  'full-width': text => each(text, unit => unit >= '!' && unit <= '~' ? String.fromCharCode(unit.charCodeAt(0) + 0xfee0) : unit),
  'invisible units within': text => each(text, unit => `${unit}\u200b`),
  tags: text => each(text, unit => String.fromCodePoint(0xe0000 + unit.charCodeAt(0)))
}

const values: ReadonlyArray<readonly [label: string, value: string]> = [
  ['pci.credit_card', '4111 1111 1111 1111'], ['pci.credit_card', '5555-5555-5555-4444'], ['pii.email_address', 'jane.roe@example.org'], ['pii.financial.iban_code', 'DE89370400440532013000'],
  ['pii.government.us_ssn', '536-90-4399'], ['pii.phone_number', '+14155552671'], ['secret.aws_access_key', joined('AKIA', 'Q3EGRZ7VXLPWN2DC')], ['pii.ip_address', '203.0.113.77']
]

function foundIn (text: string, path: readonly string[] = []): Array<readonly [string, string]> {
  return scanLayers(text, path, detection).map(({ label, start, end }) => [label, text.slice(start, end)] as const)
}

for (const [name, disguise] of Object.entries(disguises)) {
  t.test(`a value is found in ${name}`, async t => {
    for (const [label, value] of values) {
      const hidden = disguise(value)
      for (const [before, after] of [['', ''], ['see ', ' there'], ['"', '"']] as const) {
        const found = foundIn(before + hidden + after).filter(([one]) => one === label)
        t.equal(found.length, 1, `${label} in ${before}${hidden}`)
        t.ok(hidden.includes(found[0]?.[1] ?? '?') && (found[0]?.[1].length ?? 0) >= hidden.length - 12, `its span is that of the disguise: ${found[0]?.[1]}`)
      }
    }
  })
}

t.test('a value is found two layers deep, and no deeper', async t => {
  const value = '4111 1111 1111 1111'
  const twice = [base64(base64(value)), encodeURIComponent(base64(value)), base64(encodeURIComponent(value)), base64(hex(value)), hex(base64(value)), each(each(value, (_unit, code) => `\\u${code.padStart(4, '0')}`), unit => unit === '\\' ? '\\\\' : unit)]
  for (const text of twice) t.match(foundIn(text), [['pci.credit_card', /./]], text)
  t.strictSame(foundIn(base64(base64(base64(value)))), [])
})

t.test('of an encoded sentence only what says the value is its span', async t => {
  const run = base64('my card is 4111-1111-1111-1111, thanks')
  const [{ start, end } = { start: 0, end: 0 }] = scanLayers(`read ${run} now`, [], detection)
  t.ok(end - start < 30)
  const first = Math.floor((start - 5) / 4) * 4
  t.match(Buffer.from(run.slice(first, end - 5), 'base64').toString(), /4111-1111-1111-1111$/)
})

t.test('lines of encoded text are one text', async t => {
  const lines = base64(`${'so it goes. '.repeat(9)}my card is 4111-1111-1111-1111 ${'and on. '.repeat(9)}`).match(/.{1,76}/g) ?? []
  for (const end of ['\n', '\r\n', '\n  ']) t.match(foundIn(lines.join(end)), [['pci.credit_card', /./]], JSON.stringify(end))
})

t.test('words around a disguise, and keys, are context', async t => {
  t.match(foundIn(`SSN: ${base64('536904399')}`), [['pii.government.us_ssn', base64('536904399')]])
  t.match(foundIn(base64('536904399'), ['user', 'ssn']), [['pii.government.us_ssn', base64('536904399')]])
  t.strictSame(foundIn(base64('536904399')), [])
})

t.test('what follows an escape may be a value', async t => {
  const token = joined('ghp_', 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3000000')
  t.match(foundIn(`"a\\n${token}\\n"`), [['secret.github_token', token]])
})

t.test('what lies in a credential belongs to it', async t => {
  const token = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"email":"jane.roe@example.org"}').toString('base64url')}.aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5z`
  t.strictSame(foundIn(token).map(([label]) => label), ['secret.jwt'])
})

t.test('text that people do not see is told of', async t => {
  t.match(foundIn(`fine${'\u200b'.repeat(9)} so`), [['prompt.hidden_text', '\u200b'.repeat(9)]])
  t.strictSame(foundIn(`fine${'\u200b'.repeat(8)} so`), [])
  t.match(foundIn(`do ${each('ignore it', unit => String.fromCodePoint(0xe0000 + unit.charCodeAt(0)))}`).map(([label]) => label), ['prompt.hidden_text'])
  t.strictSame(foundIn('\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won'), [], 'but for the flags of regions')
})

t.test('hashes, identifiers, pictures and paths are no text', async t => {
  const quiet = ['d41d8cd98f00b204e9800998ecf8427e', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'getElementsByClassName', 'core/pipeline/validateEverything/index.ts', 'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4', '550e8400-e29b-41d4-a716-446655440000', 'x = 41 - 42 + %d, 100%, a&b;', '00:1A:2B:3C:4D:5E:6F:70:81:92']
  for (const text of quiet) t.strictSame(foundIn(text).filter(([label]) => !label.startsWith('pii.device')), [], text)
})

t.test('every unit of what was decoded leads back to where it stands', async t => {
  const piece = fc.constantFrom('%41', '&#66;', '\\u0043', '&amp;', 'x', ' ', 'é', '%C3%A9', base64('some text that is long'), '-')
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), fc.array(piece, { maxLength: 8 }), (left, right) => {
    const text = `${left.join('')} %4DARK ${right.join('')}`
    const runs = [...text.matchAll(/[A-Za-z0-9]{12,}/g)].map(({ index }) => index)
    return viewsOf(text, { runs: { items: runs, count: runs.length }, pairs: { items: [], count: 0 }, hasEscapes: true }, () => true).some(view => {
      const at = view.text.indexOf('MARK')
      if (at === -1) return false
      const [start, end] = view.original(at, at + 4)
      return text.slice(start, end) === '%4DARK'
    })
  }), { numRuns: 300 })
  t.pass()
})

t.test('no more is decoded than four times the text', async t => {
  const text = `${'%41'.repeat(2000)} ${base64('x'.repeat(4000))}`
  const startedMs = performance.now()
  t.doesNotThrow(() => foundIn(text.repeat(10)))
  t.ok(performance.now() - startedMs < 5000)
})
