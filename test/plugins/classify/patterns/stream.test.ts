import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { TextFinding, TextScanner } from '../../../../core/pipeline/plugin.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { scanText } from '../../../../plugins/classify/patterns/scan.ts'
import { scanStream } from '../../../../plugins/classify/patterns/stream.ts'
import { samples } from './samples.ts'

const detection = prepareDetection(detectors.filter(({ isOfRequests }) => isOfRequests !== true), ['*'], 500)
const runs = Number(process.env['SALLYPORT_STREAM_RUNS'] ?? 1500)

interface Told { readonly findings: readonly TextFinding[], readonly upTo: readonly number[], readonly hasOverflown: boolean }

/** Words after a value may make a finding surer: on a stream they are waited for only where they make it another. */
function placed (findings: readonly TextFinding[]): unknown[] {
  return findings.map(({ label, start, end, confidence }) => [label, start, end, confidence >= 700])
}

/** All that a scanner tells of a text in pieces. */
function stream (pieces: readonly string[], path: readonly string[] = [], maxHold = 16384): Told {
  const scanner = scanStream(detection, path, { maxHold }) as TextScanner & { push (piece: string): ReturnType<TextScanner['end']> }
  const told = [...pieces.map(piece => scanner.push(piece)), scanner.end()].map(one => {
    if (one instanceof Promise) throw new Error('patterns need no time')
    return one
  })
  return { findings: told.flatMap(({ findings }) => findings), upTo: told.map(({ upTo }) => upTo), hasOverflown: told.at(-1)?.hasOverflown ?? false }
}

function cut (text: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map(place => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...sorted, text.length].map((end, index) => text.slice(index === 0 ? 0 : sorted[index - 1], end))
}

const values = Object.values(samples).flatMap(({ finds, ignores }) => [...finds.map(([text]) => text), ...ignores.map(([text]) => text)]).filter(text => !text.includes('```') && text.length < 600)
const filler = ['the', 'quiet', 'river', 'größe', '日本語', '😀', 'is', '\u200b', 'and,', '(so)', 'ok.', '12', '3.5', 'a-b', 'x@y', 'https://', 'card', 'phone', 'patient', 'ssn', 'token:', 'password=', 'кот', 'сard', '\n', '"', '{"a":', 'AB', 'Jan', '+', '::', '``']
const spaces = fc.constantFrom(' ', '', '\n', ', ', '. ', '-', ' = ')
const noise = fc.string({ unit: fc.constantFrom(...'0123456789012345678901234567890123456789 -.:/()+@AFBaf%&=\n'), maxLength: 30 })
const texts = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...values), fc.constantFrom(...filler), fc.constantFrom(...filler), noise), spaces), { minLength: 1, maxLength: 7 }).map(parts => parts.flat().join('')).filter(text => !text.includes('```')) // fenced code is held no longer than it is worth: it counts as found before it is over

t.test('findings of a text in pieces are those of the whole, for every way to cut it', async () => {
  fc.assert(fc.property(texts, fc.array(fc.nat(400), { maxLength: 40 }), (text, places) => {
    assert.deepEqual(placed(stream(cut(text, places)).findings), placed(scanText(text, [], detection)))
  }), { numRuns: runs })
})

t.test('and for pieces of one unit', async () => {
  fc.assert(fc.property(texts, text => {
    assert.deepEqual(placed(stream(Array.from({ length: text.length }, (_, index) => text.charAt(index))).findings), placed(scanText(text, [], detection)))
  }), { numRuns: runs / 2 })
})

t.test('every sample is found, cut anywhere', async t => {
  for (const [label, { finds, ignores }] of Object.entries(samples)) {
    t.test(label, async t => {
      for (const [text, ...rest] of [...finds, ...ignores]) {
        if (text.includes('```')) continue
        const path = finds.some(([one]) => one === text) ? rest.slice(1) : rest
        const whole = placed(scanText(text, path, detection))
        for (let place = 1; place < text.length; place += text.length > 200 ? 7 : 1) assert.deepEqual(placed(stream(cut(text, [place]), path).findings), whole, text)
        assert.deepEqual(placed(stream(Array.from(text), path).findings), whole, text)
      }
      t.pass()
    })
  }
})

t.test('what is settled never goes back, and nothing before it is found later', async () => {
  fc.assert(fc.property(texts, fc.array(fc.nat(400), { maxLength: 40 }), (text, places) => {
    const scanner = scanStream(detection, [], { maxHold: 512 })
    let before = 0
    for (const piece of cut(text, places)) {
      const told = scanner.push(piece)
      if (told instanceof Promise) throw new Error('patterns need no time')
      assert.ok(told.upTo >= before)
      for (const { start, end } of told.findings) assert.ok(end <= told.upTo && start >= before)
      before = told.upTo
    }
  }), { numRuns: runs })
})

/** What is found and told of a value that is longer than may be held. */
const longKey = `-----${'BEGIN'} PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(60)}-----${'END'} PRIVATE KEY-----`

t.test('a value too long to be held counts as found from its start, and is told with its end', async t => {
  const text = `so: ${longKey} and more`
  for (const size of [1, 7, 64, 700, text.length]) {
    const scanner = scanStream(detection, [], { maxHold: 512 })
    const opened: number[] = []
    const findings: TextFinding[] = []
    let most = 0
    for (let at = 0; at < text.length; at += size) {
      const told = scanner.push(text.slice(at, at + size))
      if (told instanceof Promise) throw new Error('patterns need no time')
      most = Math.max(most, Math.min(text.length, at + size) - told.upTo)
      opened.push(...told.open.map(({ start }) => start))
      findings.push(...told.findings)
    }
    const last = scanner.end()
    if (last instanceof Promise) throw new Error('patterns need no time')
    findings.push(...last.findings)
    t.ok(most <= 512 + 16, `held at most ${most} in pieces of ${size}`)
    t.ok(opened.every(start => start === 4))
    t.match(findings.filter(({ label }) => label === 'secret.private_key'), [{ start: 4, end: 4 + longKey.length }])
    t.ok(last.hasOverflown)
  }
})

t.test('where such a value ends as none, it is told to where it could still have been one', async t => {
  const text = `x eyJ${'a'.repeat(700)} and more`
  const told = [1, 16, 800].map(size => stream(text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [], [], 512).findings)
  t.strictSame(told[0], told[1])
  t.strictSame(told[1], told[2])
  t.match(told[0], [{ label: 'secret.jwt', start: 2, end: 705 }])
})

t.test('a fenced block counts as source code before its end is seen', async t => {
  const text = `look:\n\`\`\`ts\n${'const a = b(c);\n'.repeat(20)}\`\`\`\ndone`
  const { findings, hasOverflown } = stream(Array.from(text), [], 512)
  t.strictSame(placed(findings).map(found => (found as unknown[]).slice(0, 3)), placed(scanText(text, [], detection)).map(found => (found as unknown[]).slice(0, 3)))
  t.notOk(hasOverflown, 'no more than its detector asks for')
})
