import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import type { CheckHost, TextScanner } from '../../../../core/pipeline/plugin.ts'
import { valueDigest } from '../../../../core/enforce/distinct.ts'
import { openKeyFile } from '../../../../core/enforce/key-file.ts'
import { allowedValues } from '../../../../plugins/classify/patterns/custom/allow.ts'
import type { CustomEntry } from '../../../../plugins/classify/patterns/custom/config.ts'
import { customDetectors } from '../../../../plugins/classify/patterns/custom/detectors.ts'
import plugin from '../../../../plugins/classify/patterns/index.ts'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { prepareDetection, type Detection } from '../../../../plugins/classify/patterns/detection.ts'
import { scanLayers } from '../../../../plugins/classify/patterns/layers/scan.ts'
import { scanText } from '../../../../plugins/classify/patterns/scan.ts'
import { scanStream } from '../../../../plugins/classify/patterns/stream.ts'

const folder = t.testdir({})

function detectionOf (...entries: readonly CustomEntry[]): Detection {
  return prepareDetection(entries.flatMap(entry => customDetectors(entry, folder)), ['*'], 500)
}

function found (text: string, detection: Detection, path: readonly string[] = []): string[] {
  return scanText(text, path, detection).map(({ start, end }) => text.slice(start, end))
}

t.test('a regular expression is found everywhere, as its author writes it', async t => {
  const detection = detectionOf({ label: 'pii.employee', patterns: ['EMP-\\d{6}', '(?:tkt|case)#[A-Z]+'] }, { label: 'legal.matter', patterns: ['Müller v\\. \\w+'], ignore_case: true })
  t.strictSame(found('xEMP-123456 and tkt#ABC, MULLER V. State; emp-123456', detection), ['EMP-123456', 'tkt#ABC', 'MULLER V. State'])
  t.strictSame(found('ＥＭＰ－１２３４５６, E\u200bMP-123456', detection), ['ＥＭＰ－１２３４５６', 'E\u200bMP-123456'])
  t.strictSame(scanLayers(Buffer.from('so EMP-123456 it is').toString('base64'), [], detection).map(({ label }) => label), ['pii.employee'])
})

t.test('what repeats without a bound repeats at most so often', async t => {
  t.strictSame(found(`#${'7'.repeat(300)}`, detectionOf({ label: 'a.b', patterns: ['#\\d+'], longest: 100 })), [`#${'7'.repeat(100)}`])
  t.strictSame(found(`#${'7'.repeat(300)}`, detectionOf({ label: 'a.b', patterns: ['#\\d{120,}'] })), [`#${'7'.repeat(120)}`])
})

t.test('a regular expression that is not safe, or no use, is refused with the reason', async t => {
  const refused: ReadonlyArray<readonly [source: string, reason: RegExp]> = [
    ['(a+)+b', /more than 256 units/], ['(?:a|a)*$', /\$ has no place/], ['(a*)*', /nothing at all/], ['(?:\\w*\\s*)*x', /more than 256 units/], ['x(?=y)', /looks around/], ['(?<!a)b', /looks around/],
    ['(a)\\1', /refers to a group/], ['^secret', /\^ has no place/], ['(', /not closed/], ['(?i)abc', /kind that is not known/], ['[0-9]{0,5}', /nothing at all/]
  ]
  for (const [source, reason] of refused) t.throws(() => detectionOf({ label: 'a.b', patterns: [source] }), { name: 'CustomFault', message: reason, path: ['patterns', 0] }, source)
})

t.test('words and phrases are found where they stand whole', async t => {
  const detection = detectionOf({ label: 'confidential.project', terms: ['Falcon', 'Falcon Heavy', 'Blue  Harvest', 'C++ (new)'] })
  t.strictSame(found('Falcons, Falcon, Falcon\nHeavy; blue harvest, Blue_Harvest; C++ (new)!', detection), ['Falcon', 'Falcon\nHeavy', 'Blue_Harvest', 'C++ (new)'])
  writeFileSync(join(folder, 'terms.txt'), 'Blue Harvest\r\n\r\n Dresden \n')
  t.strictSame(found('in BLUE-HARVEST in dresden', detectionOf({ label: 'a.b', terms_file: 'terms.txt', ignore_case: true })), ['BLUE-HARVEST', 'dresden'])
})

t.test('thousands of terms cost a text no more than a few', async t => {
  const terms = Array.from({ length: 5000 }, (_, index) => `name ${(index * 7919).toString(36)} x`)
  const detection = detectionOf({ label: 'a.b', terms })
  t.strictSame(found(`so: ${terms[4321]}, and`, detection), [terms[4321]])
})

t.test('a check and a list of digests decide what counts, and the list tells nobody its values', async t => {
  t.strictSame(found('no. 79927398713, 79927398714', detectionOf({ label: 'a.b', patterns: ['\\d{11}'], check: 'luhn' })), ['79927398713'])
  const key = openKeyFile(join(folder, 'lookup.key'))
  writeFileSync(join(folder, 'customers.txt'), ['# customers', valueDigest(key.secret, 'C 100-200')].join('\n'))
  const detection = detectionOf({ label: 'pii.customer', patterns: ['[Cc][ -]?\\d{3}-?\\d{3}'], values: { file: 'customers.txt', key: 'lookup.key' } })
  t.strictSame(found('C100200, c-100-200, C100201', detection), ['C100200', 'c-100-200'])
  t.notMatch(readFileSync(join(folder, 'customers.txt'), 'utf8'), '100200')
  writeFileSync(join(folder, 'bad.txt'), 'C100200')
  t.throws(() => detectionOf({ label: 'a.b', patterns: ['\\d{3}'], values: { file: 'bad.txt', key: 'lookup.key' } }), { message: 'line 1 of bad.txt is no digest', path: ['values'] })
})

t.test('the nearest hotword decides, or one of the keys', async t => {
  const detection = detectionOf({ label: 'a.b', patterns: ['\\d{6}'], confidence: 0, hotwords: [{ words: ['staff number', 'employee'], confidence: 900 }, { words: ['sample'], confidence: 0 }] })
  t.strictSame(found('123456; staff_number 234567; sample employee 345678; employee sample 456789', detection), ['234567', '345678'])
  t.strictSame(found('123456', detection, ['staffNumber']), ['123456'])
  t.throws(() => detectionOf({ label: 'a.b', terms: ['x1'], hotwords: [{ words: ['имя'], confidence: 1 }] }), { message: /Latin/, path: ['hotwords', 0, 'words'] })
})

t.test('values that are allowed count as nothing', async t => {
  const detection = prepareDetection(detectors, ['*'], 500, allowedValues([{ labels: ['pci.*'], values: ['4111 1111 1111 1111'] }, { values: ['*@example.com'] }]))
  t.strictSame(found('4111-1111-1111-1111, 5555555555554444, Jane.Roe@Example.com, jane@example.org', detection), ['5555555555554444', 'jane@example.org'])
})

t.test('the check of a configuration names the place of every fault', async t => {
  const custom = [{ label: 'a.b', patterns: ['ok', '(x+)+y'] }, { label: 'a.c', terms_file: 'missing.txt' }]
  const faults = await plugin.check?.({ custom, floors: { 'a.*': 'secret' } } as never, { folder, taxonomy: ['public', 'internal'] } as unknown as CheckHost)
  t.match(faults, [{ path: ['floors', 'a.*'] }, { path: ['custom', 0, 'patterns', 1], message: /256 units/ }, { path: ['custom', 1, 'terms_file'], message: /missing\.txt/ }])
})

t.test('on streams the same is found, however the text is cut', async () => {
  const custom = [
    { label: 'a.a', patterns: ['EMP-\\d{2,6}', '#[A-Z]+'] }, { label: 'a.b', terms: ['Falcon', 'Falcon Heavy', 'Blue Harvest'], ignore_case: true },
    { label: 'a.c', patterns: ['\\d{4}'], confidence: 0, hotwords: [{ words: ['staff'], confidence: 900 }] }
  ]
  const detection = prepareDetection([...detectors.filter(({ label }) => label.startsWith('pci.') || label === 'pii.email_address'), ...custom.flatMap(entry => customDetectors(entry, folder))], ['*'], 500)
  const words = fc.constantFrom('EMP-', 'EMP-12', '123456', '#', 'AB', 'Falcon', ' ', 'Heavy', 'blue', '-', 'harvest', 'staff ', '1234', '4111111111111111', 'jane@example.org', '\n', 'é', 'Ｅ', '\u200b')
  fc.assert(fc.property(fc.array(words, { maxLength: 12 }).map(all => all.join('')), fc.array(fc.nat(80), { maxLength: 20 }), (text, places) => {
    const scanner = scanStream(detection, [], { maxHold: 16384 }) as TextScanner & { push (piece: string): ReturnType<typeof scanText> }
    const cuts = [...new Set(places.map(place => place % (text.length + 1)))].sort((a, b) => a - b)
    const pieces = [...cuts, text.length].map((end, index) => text.slice(index === 0 ? 0 : cuts[index - 1], end))
    const told = [...pieces.map(piece => scanner.push(piece)), scanner.end()].flatMap(settled => (settled as unknown as { findings: ReturnType<typeof scanText> }).findings)
    const placed = (all: ReturnType<typeof scanText>): unknown[] => all.map(({ label, start, end }) => [label, start, end])
    assert.deepEqual(placed(told), placed(scanText(text, [], detection)))
  }), { numRuns: 1000 })
})
