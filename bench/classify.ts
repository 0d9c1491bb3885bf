/**
 * The detectors beside forty plain regular expressions, on the same texts, in slices that take turns. What counts is the ratio
 * within one run.
 *
 *   npm run bench:classify -- [--rounds 7]
 */
import { parseArgs } from 'node:util'
import { prepareDetection } from '../plugins/classify/patterns/detection.ts'
import { detectors } from '../plugins/classify/patterns/detectors/index.ts'
import { scanLayers } from '../plugins/classify/patterns/layers/scan.ts'
import { runBaseline } from './parts/baseline.ts'
import { adversarial, chatTexts, texts } from './parts/texts.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const rounds = Number(values.rounds)
const detection = prepareDetection(detectors, ['*'], 500)
const scan = (text: string): number => scanLayers(text, [], detection).length

throughput()
latency()
shortTexts()
worst()

/** Megabytes of text a second, one thread. */
function throughput (): void {
  console.log(`\n${detectors.length} detectors; MB/s, median of ${rounds} slices (found)`)
  for (const [name, text] of Object.entries(texts)) {
    for (let warm = 0; warm < 3; warm++) timeOf(() => scan(text) + runBaseline(text))
    const runs = { scan: [] as number[], plain: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ['scan', 'plain'] as const : ['plain', 'scan'] as const
      for (const which of order) runs[which].push(timeOf(() => (which === 'scan' ? scan : runBaseline)(text)))
    }
    const [own, plain] = [text.length / 1000 / median(runs.scan), text.length / 1000 / median(runs.plain)]
    console.log(`  ${name.padEnd(14)} ours ${own.toFixed(1).padStart(7)} (${scan(text)})   forty regexes ${plain.toFixed(1).padStart(6)} (${runBaseline(text)})   ratio ${(own / plain).toFixed(2)}`)
  }
}

/** What one prompt waits for. */
function latency (): void {
  console.log('\nadded by one prompt of prose, ms of CPU (p50 / p99 of 400)')
  for (const units of [1024, 8 * 1024, 100 * 1024]) {
    const prompts = Array.from({ length: 20 }, (_, index) => texts.prose.slice(index * 997, index * 997 + units))
    const times = Array.from({ length: units > 50_000 ? 100 : 400 }, (_, index) => timeOf(() => scan(prompts[index % prompts.length] ?? ''))).sort((a, b) => a - b)
    console.log(`  ${String(units / 1024).padStart(4)} KiB   ${at(times, 0.5).toFixed(3)} / ${at(times, 0.99).toFixed(3)}`)
  }
}

/** A chat request's many short texts: time and garbage. */
function shortTexts (): void {
  const scanAll = (): void => { for (const [text, path] of chatTexts) scanLayers(text, path, detection) }
  for (let warm = 0; warm < 2000; warm++) scanAll()
  const before = process.memoryUsage().heapUsed
  const requests = 100
  const ms = timeOf(() => { for (let request = 0; request < requests; request++) scanAll() })
  const bytes = process.memoryUsage().heapUsed - before
  console.log(`\n${chatTexts.length} short texts of a chat request: ${(ms * 1000 / requests).toFixed(1)} us, ${(bytes / requests / 1024).toFixed(2)} KiB of garbage`)
}

/** Texts made to keep detectors busy: 100 KiB each, and twice that for the growth of those that take longest. */
function worst (): void {
  const size = 100 * 1024
  const textOf = (unit: string, units: number): string => unit.repeat(Math.ceil(units / unit.length))
  const thrice = (text: string): number => median(Array.from({ length: 3 }, () => timeOf(() => scan(text))))
  const slowest = adversarial().map(unit => ({ unit, ms: timeOf(() => scan(textOf(unit, size))) })).sort((a, b) => b.ms - a.ms).slice(0, 30)
  const cases = slowest.map(({ unit }) => {
    const once = thrice(textOf(unit, size))
    return { unit, once, growth: thrice(textOf(unit, 2 * size)) / once }
  }).sort((a, b) => b.once - a.once)
  console.log('\nthe worst of 100 KiB of one repeat, ms of CPU (bound 60), and t(2n)/t(n) (bound 2.3)')
  for (const { unit, once, growth } of cases.slice(0, 8)) console.log(`  ${once.toFixed(1).padStart(6)}   ${growth.toFixed(2)}   ${JSON.stringify(unit.slice(0, 60))}`)
}

/** Milliseconds of CPU: what others do on the machine counts less. */
function timeOf (work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function at (sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function median (numbers: readonly number[]): number {
  return at([...numbers].sort((a, b) => a - b), 0.5)
}
