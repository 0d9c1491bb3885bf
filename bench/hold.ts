/**
 * What judging a stream holds back and costs, a piece at a time, with every detector on: characters held after each piece, and
 * the time a piece takes. Three texts: prose, prose with values in every sentence, code.
 *
 *   npm run bench:hold
 */
import { readFileSync } from 'node:fs'
import { prepareDetection } from '../plugins/classify/patterns/detection.ts'
import { detectors } from '../plugins/classify/patterns/detectors/index.ts'
import { scanStream } from '../plugins/classify/patterns/stream.ts'
import { scanText } from '../plugins/classify/patterns/scan.ts'

const detection = prepareDetection(detectors, ['*'], 500)
const root = new URL('../../', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8')

const prose = ['docs/lifecycle.md', 'docs/threat-model.md', 'docs/policy.md', 'docs/plugins.md', 'docs/streams.md'].map(read).join('\n').replaceAll(/```[\s\S]*?```/g, '').replaceAll(/[|`*#]/g, '')
const values = ['jane.roe@example.com', '4111 1111 1111 1111', '+1 415-555-2671', 'DE89 3704 0044 0532 0130 00', '536-90-4399', '203.0.113.7']
const code = ['core/exchange/relay.ts', 'plugins/response/filter/stream.ts', 'core/content/json.ts', 'plugins/classify/patterns/expression.ts'].map(read).join('\n')

const texts: ReadonlyArray<readonly [name: string, text: string]> = [
  ['prose', prose],
  ['prose with values', prose.split('. ').map((sentence, index) => `${sentence} ${values[index % values.length] ?? ''}`).join('. ')],
  ['code in fences', code.split('\n\n').map(part => `\n\`\`\`ts\n${part}\n\`\`\`\nand so on`).join('\n')]
]

/** About as models send text: a word and its space, or a part of a long word. */
function pieces (text: string): string[] {
  return text.match(/\s?[^\s]{1,6}|\s+/g) ?? []
}

function quantile (sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function measure (text: string): { readonly held: number[], readonly us: number[] } {
  const scanner = scanStream(detection, ['choices', '0', 'message', 'content'], { maxHold: 512 })
  const held: number[] = []
  const us: number[] = []
  let length = 0
  for (const piece of pieces(text)) {
    const started = performance.now()
    const told = scanner.push(piece)
    us.push((performance.now() - started) * 1000)
    if (told instanceof Promise) throw new Error('patterns need no time')
    length += piece.length
    held.push(length - told.upTo)
  }
  return { held, us }
}

for (const [name, text] of texts) {
  for (let round = 0; round < 5; round++) measure(text) // until it is compiled
  const { held, us } = measure(text)
  const wholeStarted = performance.now()
  scanText(text, [], detection)
  const whole = (performance.now() - wholeStarted) * 1000
  const sortedHeld = held.toSorted((a, b) => a - b)
  const sortedUs = us.toSorted((a, b) => a - b)
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
  console.log(`${name}: ${Math.round(text.length / 1024)} KB in ${held.length} pieces`)
  console.log(`  held: mean ${mean(held).toFixed(1)}, p99 ${quantile(sortedHeld, 0.99)}, most ${sortedHeld.at(-1) ?? 0} characters (bounds: 8, 64)`)
  console.log(`  a piece: mean ${mean(us).toFixed(1)} us, p99 ${quantile(sortedUs, 0.99).toFixed(1)} us (bound: 200); all pieces ${(us.reduce((sum, one) => sum + one, 0) / whole).toFixed(1)} times a scan of the whole`)
}
