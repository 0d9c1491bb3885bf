import t from 'tap'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { pino } from 'pino'
import type { Leaf, Stage } from '../../../../core/pipeline/plugin.ts'
import type { ClassifyPatternsConfig } from '../../../../plugins/classify/patterns/config.ts'
import plugin from '../../../../plugins/classify/patterns/index.ts'
import { joined } from './scanning.ts'

const taxonomy = ['public', 'internal', 'confidential', 'restricted']

async function setUp (config: ClassifyPatternsConfig = {}): Promise<Stage<'prompt', 'classification'>> {
  return await plugin.setup(config as never, { log: pino({ level: 'silent' }), folder: '/', data: '/', taxonomy, closing: new AbortController().signal })
}

function leaf (text: string, parts: Partial<Leaf> = {}): Leaf {
  return { path: ['messages', '0', 'content'], pattern: '/messages/*/content', place: 'body', kind: 'string', text, start: 0, end: 0, ...parts }
}

async function classify (leaves: readonly Leaf[], config: ClassifyPatternsConfig = {}) {
  const result = await (await setUp(config)).run({ prompt: { leaves } }, new AbortController().signal)
  if (result.kind === 'halt') throw result.error
  return result.facts.classification
}

const card = '4111111111111111'

t.test('a card is found in a string, a number, a key, a path, a query and a header', async t => {
  const leaves = [
    leaf(`card ${card}`), leaf(card, { kind: 'number', path: ['metadata', 'x'] }), leaf(card, { kind: 'key', path: ['metadata', card] }),
    leaf(card, { place: 'path' }), leaf(card, { place: 'query' }), leaf(`${card}; q=1`, { place: 'header' })
  ]
  const { findings, tag } = await classify(leaves)
  t.strictSame(findings.map(found => [found.leaf, found.label, leaves[found.leaf]?.text.slice(found.start, found.end)]), leaves.map((_, index) => [index, 'pci.credit_card', card]))
  t.equal(tag, 'restricted')
})

t.test('what the contract names from the first release on is found', async t => {
  const text = joined('patient MRN: 48213977, key AKIA', 'Q3EGRZ7VXLPWN2DC')
  const { findings } = await classify([leaf(text)])
  t.strictSame(findings.map(({ label, start, end }) => [label, text.slice(start, end)]), [['phi.medical_record_number', '48213977'], ['secret.aws_access_key', joined('AKIA', 'Q3EGRZ7VXLPWN2DC')]])
})

t.test('the key of a value is its context', async t => {
  t.match((await classify([leaf('536904399', { kind: 'number', path: ['user', 'ssn'] })])).findings, [{ label: 'pii.government.us_ssn' }])
  t.strictSame((await classify([leaf('536904399', { kind: 'number', path: ['user', 'count'] })])).findings, [])
})

t.test('a finding never carries the value', async t => {
  const classification = await classify([leaf(`card ${card}, mail jane.roe@example.com`)])
  t.notMatch(JSON.stringify(classification), /4111|jane/)
  for (const finding of classification.findings) t.strictSame(Object.keys(finding).sort(), ['confidence', 'detector', 'end', 'label', 'leaf', 'start'])
})

t.test('only the detectors asked for run', async t => {
  t.strictSame((await classify([leaf(`${card} jane@example.com`)], { detectors: ['pii.*'] })).findings.map(({ label }) => label), ['pii.email_address'])
})

t.test('findings below the minimum confidence are dropped', async t => {
  const leaves = [leaf('536 90 4399')]
  t.equal((await classify(leaves)).findings.length, 1)
  t.equal((await classify(leaves, { minimum_confidence: 800 })).findings.length, 0)
})

t.test('the digest is of the detectors and the settings in use', async t => {
  const digests = await Promise.all([{}, {}, { detectors: ['pci.*'] }, { minimum_confidence: 700 }, { floors: { 'pii.*': 'public' } }].map(async config => (await classify([], config)).detectors))
  t.match(digests[0], /^sha256:[0-9a-f]{64}$/)
  t.equal(digests[0], digests[1])
  t.equal(new Set(digests).size, 4)
})

t.test('answers are scanned by the same rules', async t => {
  const stage = await setUp()
  const findings = stage.scan?.(`pay ${card}`, ['choices', '0', 'message', 'content']) ?? []
  t.match(findings, [{ label: 'pci.credit_card', start: 4, end: 20 }])
  t.equal(stage.tag?.(findings), 'restricted')
  t.equal(stage.tag?.([]), 'internal')
})

t.test('a leaf that cannot be read halts the request', async t => {
  const stage = await setUp()
  const broken = leaf('')
  Object.defineProperty(broken, 'text', { get: () => { throw new Error('gone') } })
  t.match(await stage.run({ prompt: { leaves: [broken] } }, new AbortController().signal), { kind: 'halt', error: { code: 'GW_CLASSIFY_FAILED' } })
})

t.test('the configuration is closed and every field is described', async t => {
  const accepts = new Ajv2020({ strict: true }).compile(plugin.configSchema)
  for (const config of [{}, { detectors: ['pci.*'], minimum_confidence: 0, floors: { 'pii.*': 'public' } }]) t.ok(accepts(config))
  for (const config of [{ detector: [] }, { detectors: [] }, { detectors: ['PCI'] }, { minimum_confidence: 1001 }, { minimum_confidence: 0.5 }, { floors: { 'pii.*': 3 } }]) t.notOk(accepts(config), JSON.stringify(config))
  for (const [name, field] of Object.entries(plugin.configSchema['properties'] as Record<string, { description?: string }>)) t.ok(field.description, name)
})

t.test('check names globs that match no detector and floors that are no level', async t => {
  const host = { folder: '/', data: '/', publicUrl: null, taxonomy, policyData: { endpoints: {}, models: {}, tenants: null, routes: {}, taxonomy: { levels: taxonomy } } }
  t.strictSame(await plugin.check?.({} as never, host), [])
  const faults = await plugin.check?.({ detectors: ['pci.*', 'nothing.*'], floors: { 'pii.*': 'secret' } } as never, host) ?? []
  t.match(faults, [{ path: ['detectors'], message: /nothing/ }, { path: ['floors', 'pii.*'] }])
})
