/**
 * What a frame of a stream costs: CPU of the whole gateway (its writer included) beside a bare @fastify/http-proxy, both before
 * the same endpoint, in slices that take turns; the first frame's way through each; and memory while many streams are open.
 *
 *   npm run bench:frames -- [--streams 200] [--frames 200] [--every 50] [--rounds 5]
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { median } from './parts/measure.ts'
import { openBench } from './processes.ts'
import { benchIssuer, writeBenchConfiguration } from './setting.ts'

const { values } = parseArgs({ options: { streams: { type: 'string', default: '200' }, frames: { type: 'string', default: '200' }, every: { type: 'string', default: '50' }, rounds: { type: 'string', default: '5' } } })
const streams = Number(values.streams)
const frames = Number(values.frames)
const body = JSON.stringify({ model: 'bench-model', stream: true, messages: [{ role: 'user', content: 'Tell me of the fox.' }] })

interface Target { readonly name: string, readonly url: string, readonly pid: number }
interface Slice { readonly usPerFrame: number, readonly firstMs: number, readonly failed: number }

const bench = openBench()
try {
  await main()
} finally {
  await bench.close()
}

async function main (): Promise<void> {
  const issuer = await benchIssuer(bench.folder)
  const endpoint = await bench.startPart('stream-endpoint', values.frames, values.every)
  const bare = await bench.startPart('bare', endpoint)
  const gateway = await bench.startGateway(writeBenchConfiguration(bench.folder, endpoint))
  const token = await issuer()
  await new Promise(resolve => setTimeout(resolve, 11_000)) // until the compiler has ended
  const targets: Target[] = [{ name: 'bare @fastify/http-proxy', url: bare, pid: bench.pidOf('bare') }, { name: 'sallyport, full pipeline', ...gateway }]
  const slices = new Map<string, Slice[]>(targets.map(({ name }) => [name, []]))
  for (const target of targets) await measure(target, token)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) slices.get(target.name)?.push(await measure(target, token))
  }
  report([...slices])
}

async function measure ({ url, pid }: Target, token: string): Promise<Slice> {
  const agent = new Agent({ connections: streams, headersTimeout: 120_000, bodyTimeout: 120_000 })
  const before = cpuOf(pid)
  const asked = await Promise.all(Array.from({ length: streams }, async () => await ask(agent, url, token)))
  const used = cpuOf(pid) - before
  await agent.close()
  return { usPerFrame: used * 1000 / (streams * frames), firstMs: median(asked.map(({ firstMs }) => firstMs)), failed: asked.filter(({ isWhole }) => !isWhole).length }
}

async function ask (agent: Agent, url: string, token: string): Promise<{ readonly firstMs: number, readonly isWhole: boolean }> {
  const startedMs = performance.now()
  const answer = await request(`${url}/v1/chat/completions`, { dispatcher: agent, method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body })
  let firstMs = 0
  let seen = 0
  for await (const chunk of answer.body) {
    if (firstMs === 0) firstMs = performance.now() - startedMs
    seen += (chunk as Buffer).toString('latin1').split('\n\n').length - 1
  }
  return { firstMs, isWhole: answer.statusCode === 200 && seen === frames + 2 }
}

/** User and system time of a process and its children, in milliseconds; a tick is 10 ms. */
function cpuOf (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) * 10
  return own + childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), 0)
}

function childrenOf (pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(text => text !== '').map(Number))
}

function report (slices: ReadonlyArray<readonly [name: string, slices: readonly Slice[]]>): void {
  console.log(`\n${streams} streams of ${frames} frames, one every ${values.every} ms (medians of ${values.rounds} slices)`)
  const costs = slices.map(([name, all]) => ({ name, us: median(all.map(({ usPerFrame }) => usPerFrame)), firstMs: median(all.map(({ firstMs }) => firstMs)), failed: all.reduce((sum, { failed }) => sum + failed, 0) }))
  for (const { name, us, firstMs, failed } of costs) console.log(`  ${name.padEnd(28)} ${us.toFixed(1).padStart(6)} us CPU a frame, the request's share included; first frame after ${firstMs.toFixed(1)} ms   failed ${failed}`)
  console.log(`  ratio full / bare: ${((costs[1]?.us ?? 0) / (costs[0]?.us ?? 1)).toFixed(2)}   (bound 1.5)`)
}
