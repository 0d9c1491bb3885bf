import t from 'tap'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { loadConfiguration, type Loaded } from '../../../core/config/load.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'

const small = `listen: 127.0.0.1:8080
endpoints:
  one: { provider: openai, url: https://one.example/v1 }
models:
  large: { endpoints: [one] }
pipelines:
  default:
    - plugin: identity.jwt
routes:
  - { path: /v1/chat/completions, protocol: openai.chat, pipeline: default }
`

function load (t: Teardown, text: string): Loaded {
  const file = join(temporaryFolder(t), 'sallyport.yaml')
  writeFileSync(file, text)
  return loadConfiguration(file)
}

/** `CODE line:column` of every fault. */
function places ({ faults }: Loaded): string[] {
  return faults.map(({ code, line, column }) => `${code} ${line}:${column}`)
}

t.test('what is left out has the documented default', async t => {
  const { configuration, faults } = load(t, small)
  t.same(faults, [])
  t.match(configuration, {
    listen: { host: '127.0.0.1', port: 8080, tls: null },
    admin: null,
    region: null,
    taxonomy: ['public', 'internal', 'confidential', 'restricted'],
    bodyLimitBytes: 10 * 1024 * 1024,
    unidentified: { perPeer: { count: 20, perMs: 1000 }, total: { count: 200, perMs: 1000 } },
    tenants: null
  })
  t.match(configuration?.endpoints.get('one'), { model: null, auth: null, timeout: { connectMs: 2000, firstTokenMs: 20_000, idleMs: 15_000, totalMs: 600_000 } })
})

t.test('JSON is read like YAML', async t => {
  const { configuration } = load(t, JSON.stringify({ listen: '127.0.0.1:1', endpoints: {}, pipelines: { p: [{ plugin: 'a' }] }, routes: [{ path: '/x', protocol: 'http', pipeline: 'p' }] }))
  t.equal(configuration?.listen.port, 1)
})

t.test('relative paths start at the folder of the file', async t => {
  const { configuration } = load(t, `${small}plugins: [./mine.js, some-package]\ndata: ./kept\n`)
  t.equal(configuration?.data, join(configuration?.folder ?? '', 'kept'))
  t.same(configuration?.plugins, [join(configuration?.folder ?? '', 'mine.js'), 'some-package'])
})

t.test('the result is frozen to its depth', async t => {
  const { configuration } = load(t, small)
  t.throws(() => { Object.assign(configuration?.listen ?? {}, { port: 1 }) }, TypeError)
  t.throws(() => { Object.assign(configuration?.endpoints.get('one') ?? {}, { url: 'x' }) }, TypeError)
})

t.test('every fault is told at once, with line, column and fix', async t => {
  const loaded = load(t, `listen: 127.0.0.1:8080
region: 7
endpoints:
  one: { provider: openai, url: http://one.example/v1, modle: x }
  two: { url: https://two.example, auth: { bearer: { env: SALLYPORT_TEST_MISSING } } }
models:
  large: { endpoints: [onee] }
pipelines:
  default:
    - { plugin: identity.jwt, any: [] }
routes:
  - { path: /v1/chat/completions, protocol: openai.chat, pipeline: defualt }
surprise: 1
`)
  t.equal(loaded.configuration, null)
  t.same(places(loaded), [
    'GW_CONFIG_INVALID 2:9',
    'GW_CONFIG_PLAINTEXT 4:33',
    'GW_CONFIG_UNKNOWN_KEY 4:56',
    'GW_CONFIG_MISSING_KEY 5:8',
    'GW_CONFIG_SECRET 5:59',
    'GW_CONFIG_DANGLING_NAME 7:24',
    'GW_CONFIG_INVALID 10:7',
    'GW_CONFIG_INVALID 10:36',
    'GW_CONFIG_DANGLING_NAME 12:68',
    'GW_CONFIG_UNKNOWN_KEY 13:1'
  ])
  for (const { fix, message } of loaded.faults) t.ok(fix.length > 0 && message.length > 0, `${message} / ${fix}`)
  t.match(loaded.faults.find(({ line }) => line === 12)?.fix, 'did you mean default?')
})

t.test('a repeated key, a tag, a second document and broken YAML are faults with their place', async t => {
  t.same(places(load(t, `${small}listen: 127.0.0.1:1\n`)), ['GW_CONFIG_DUPLICATE 11:1'])
  t.match(places(load(t, `${small}region: !!js/function x\n`)), [/^GW_CONFIG_SYNTAX 11:/])
  t.match(places(load(t, `${small}---\nregion: eu\n`)), [/^GW_CONFIG_SYNTAX/])
  t.match(places(load(t, 'listen: [1, 2')), [/^GW_CONFIG_SYNTAX/])
})

t.test('a file that is not there, or no UTF-8, is one clear fault', async t => {
  t.match(loadConfiguration(join(temporaryFolder(t), 'none.yaml')).faults, [{ code: 'GW_CONFIG_UNREADABLE', line: 1, message: /ENOENT/ }])
  const file = join(temporaryFolder(t), 'latin.yaml')
  writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xff]))
  t.match(loadConfiguration(file).faults, [{ code: 'GW_CONFIG_UNREADABLE' }])
})

t.test('a fault never repeats a value: it might be a secret in the wrong place', async t => {
  const secret = 'sk-not-a-reference'
  const loaded = load(t, `${small}log: { level: ${secret} }\npublic_url: ${secret}\nregion: { a: ${secret} }\n`)
  t.equal(loaded.faults.length, 3)
  t.notMatch(JSON.stringify(loaded.faults), secret)
})

t.test('a secret comes from the environment or a file, never from the configuration itself', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'key'), 'from-a-file\n')
  writeFileSync(join(folder, 'empty'), '\n')
  process.env['SALLYPORT_TEST_KEY'] = 'from-the-environment'
  t.teardown(() => { delete process.env['SALLYPORT_TEST_KEY'] })
  const withAuth = (auth: string): Loaded => {
    const file = join(folder, 'sallyport.yaml')
    writeFileSync(file, small.replace('/v1 }', `/v1, auth: ${auth} }`))
    return loadConfiguration(file)
  }
  t.same(withAuth('{ bearer: { file: key } }').configuration?.endpoints.get('one')?.auth, { type: 'bearer', value: 'from-a-file' })
  t.same(withAuth('{ header: { name: x-key, value: { env: SALLYPORT_TEST_KEY } } }').configuration?.endpoints.get('one')?.auth, { type: 'header', name: 'x-key', value: 'from-the-environment' })
  t.same(places(withAuth('{ bearer: { file: empty } }')), ['GW_CONFIG_SECRET 3:81'])
  t.same(places(withAuth('{ bearer: { file: none } }')), ['GW_CONFIG_SECRET 3:81'])
  t.match(places(withAuth('{ bearer: literal }')), [/^GW_CONFIG_INVALID/])
  t.match(places(withAuth('{ bearer: { file: key, env: SALLYPORT_TEST_KEY } }')), [/^GW_CONFIG_INVALID/])
})

t.test('the digest changes with what is configured, not with its spelling, and does not hold what secrets stand for', async t => {
  const digest = (text: string): string => load(t, text).configuration?.digest ?? ''
  t.match(digest(small), /^sha256:[0-9a-f]{64}$/)
  t.equal(digest(small), digest(`# a comment\n${small}`))
  t.not(digest(small), digest(`${small}region: eu\n`))
})

t.test('names like __proto__ are names', async t => {
  const loaded = load(t, small.replace('large:', '__proto__:'))
  t.same(loaded.faults.map(({ code }) => code), ['GW_CONFIG_INVALID'])
})
