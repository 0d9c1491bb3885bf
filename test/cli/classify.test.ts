import t from 'tap'
import { run } from '../helpers/command.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'

const card = '4111111111111111'

function lines (...cases: readonly unknown[]): string {
  return cases.map(one => typeof one === 'string' ? one : JSON.stringify(one)).join('\n')
}

async function classify (...cases: readonly unknown[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await run(['classify', '--json', '-'], { input: lines(...cases) })
  if (code !== 0) throw new Error(stderr)
  return stdout.trim().split('\n').map(line => JSON.parse(line))
}

t.test('each line is answered with its tag and entities, in order', async t => {
  t.strictSame(await classify({ id: 'a', text: 'patient MRN: 48213977' }, { id: 7, text: 'nothing here' }), [
    { id: 'a', tag: 'restricted', entities: [{ type: 'phi.medical_record_number', start: 13, end: 21, confidence: 950 }] },
    { id: 7, tag: 'internal', entities: [] }
  ])
})

t.test('offsets count UTF-16 units', async t => {
  t.match(await classify({ id: 1, text: `😀 ${card}` }), [{ entities: [{ type: 'pci.credit_card', start: 3, end: 19 }] }])
})

t.test('a value cut across parts is found, by offsets over the joined parts', async t => {
  t.match(await classify({ id: 1, parts: ['card 41111', '11111', '111111 ok'] }), [{ entities: [{ type: 'pci.credit_card', start: 5, end: 21 }] }])
})

t.test('--explain tells the decoding, the rule, the words around and the check, and never the value', async t => {
  const text = `my card: ${Buffer.from(card).toString('base64')}`
  const { stdout } = await run(['classify', '--json', '--explain', '-'], { input: lines({ id: 1, text }) })
  t.match(JSON.parse(stdout), { entities: [{ type: 'pci.credit_card', steps: [{ step: 'decoded', detail: 'base64' }, { step: 'rule' }, { step: 'context', detail: 'card (before)' }, { step: 'check', detail: /^950 of 1000/ }] }] })
  const told = await run(['classify', '--explain', '-'], { input: text })
  t.match(told.stdout, /decoded +base64\n +rule +at a word with a digit/)
  t.notMatch(stdout + told.stdout, card)
})

t.test('--hash-values prints a digest for each value, the same for each of its spellings, under a key that it makes', async t => {
  const key = `${temporaryFolder(t)}/lookup.key`
  const { code, stdout } = await run(['classify', '--hash-values', key, '-'], { input: 'Jane Roe\n\njane-roe\nJohn Roe' })
  t.equal(code, 0)
  const [first, second, third, ...rest] = stdout.trim().split('\n')
  t.match(first, /^[0-9a-f]{64}$/)
  t.equal(second, first)
  t.not(third, first)
  t.strictSame(rest, [])
})

t.test('a line that is no case ends the run and is named', async t => {
  const bad = ['{', '[]', '{"text":"no id"}', '{"id":1}', '{"id":1,"text":2}', '{"id":1,"parts":["a",2]}', '{"id":1,"text":"a","parts":["a"]}']
  for (const line of bad) {
    const { code, stderr } = await run(['classify', '--json', '-'], { input: lines({ id: 1, text: '' }, line) })
    t.equal(code, 1, line)
    t.match(stderr, 'line 2')
  }
})

t.test('without --json people get a table that shows no value', async t => {
  const { code, stdout } = await run(['classify', '-'], { input: `first\npay ${card}\n` })
  t.equal(code, 0)
  t.match(stdout, /2:5 +16 +900 +pci\.credit_card\n\ntag: restricted\n$/)
  t.notMatch(stdout, card)
})

t.test('a file is read like standard input', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'cases.ndjson': lines({ id: 1, text: card }) })
  t.match(await run(['classify', '--json', `${folder}/cases.ndjson`]), { code: 0, stdout: /credit_card/ })
})

t.test('a file that is not there, and --pipeline alone, are usage errors', async t => {
  t.match(await run(['classify', './absent.txt']), { code: 2, stderr: /absent\.txt/ })
  t.match(await run(['classify', '--pipeline', 'x', '-']), { code: 2, stderr: /--config/ })
})

t.test('a configuration that is refused is told as its faults', async t => {
  const folder = temporaryFolder(t)
  writeFiles(folder, { 'sallyport.json': { listen: '127.0.0.1:0', unknown: true } })
  t.match(await run(['classify', '--config', `${folder}/sallyport.json`, '-'], { input: 'text' }), { code: 78, stdout: '', stderr: /GW_CONFIG_/ })
})
