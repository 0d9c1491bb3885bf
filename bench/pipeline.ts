/**
 * The whole pipeline beside a bare @fastify/http-proxy: both before the same endpoint, asked by the same load, in slices that
 * take turns. What counts is the ratio within one run; absolute figures belong to the machine and the minute.
 *
 *   npm run bench -- [--seconds 4] [--rounds 5]
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chatBody, load, steady, type Slice } from './load.ts'
import { openBench } from './processes.ts'
import { benchIssuer, writeBenchConfiguration } from './setting.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '5' } } })
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)

interface Target { readonly name: string, readonly url: string }

const bench = openBench()
try {
  await main()
} finally {
  await bench.close()
}

async function main (): Promise<void> {
  const endpoint = await bench.startPart('endpoint')
  const bare = await bench.startPart('bare', endpoint)
  const issuer = await benchIssuer(bench.folder)
  const configuration = writeBenchConfiguration(bench.folder, endpoint)
  const { url: gateway } = await bench.startGateway(configuration)
  const token = await issuer()
  const targets: Target[] = [{ name: 'bare @fastify/http-proxy', url: bare }, { name: 'sallyport, full pipeline', url: gateway }]
  await saturation(targets, token)
  await latency(targets, token)
}

/** Requests per second with 32 connections, a 1 KB prompt and a JSON answer. */
async function saturation (targets: readonly Target[], token: string): Promise<void> {
  for (const target of targets) await load(target.url, { token, connections: 32, seconds: 2, body: chatBody(1024) })
  const slices = new Map<string, Slice[]>(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const target of rotate(targets, round)) {
      slices.get(target.name)?.push(await load(target.url, { token, connections: 32, seconds, body: chatBody(1024) }))
    }
  }
  const rates = [...slices].map(([name, all]) => ({ name, rate: median(all.map(({ perSecond }) => perSecond)), failed: all.reduce((sum, slice) => sum + slice.failed, 0) }))
  console.log('\n32 connections, 1 KB prompt, JSON answer (median of slices)')
  for (const { name, rate, failed } of rates) console.log(`  ${name.padEnd(28)} ${rate.toFixed(0).padStart(7)} req/s   failed ${failed}`)
  console.log(`  ratio full / bare: ${((rates[1]?.rate ?? 0) / (rates[0]?.rate ?? 1)).toFixed(2)}   (floor 0.5, aim 0.8)`)
}

/** Added p50 at 200 requests a second, beside two raw synchronous writes of 4 KiB. */
async function latency (targets: readonly Target[], token: string): Promise<void> {
  const slices = new Map<string, number[]>(targets.map(({ name }) => [name, []]))
  const raw: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const target of rotate(targets, round)) slices.get(target.name)?.push(await steady(target.url, { token, perSecond: 200, seconds, body: chatBody(1024) }))
    raw.push(rawWriteMs(join(bench.folder, 'raw')))
  }
  const [bare = 0, full = 0] = [...slices.values()].map(median)
  const write = median(raw)
  console.log('\n200 requests a second (median of slices)')
  console.log(`  p50 bare ${bare.toFixed(2)} ms, full ${full.toFixed(2)} ms, added ${(full - bare).toFixed(2)} ms; raw 4 KiB O_DSYNC write ${write.toFixed(2)} ms`)
  console.log(`  bound: 3 ms + 2 raw writes = ${(3 + 2 * write).toFixed(2)} ms`)
}

/** The median of 100 synchronous appends, in milliseconds. */
function rawWriteMs (file: string): number {
  const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC)
  const block = Buffer.alloc(4096, 1)
  const times = Array.from({ length: 100 }, () => {
    const startedMs = performance.now()
    writeSync(descriptor, block)
    return performance.now() - startedMs
  })
  closeSync(descriptor)
  return median(times)
}

function rotate<T> (list: readonly T[], by: number): T[] {
  return list.map((_, index) => list[(index + by) % list.length] as T)
}

function median (numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
