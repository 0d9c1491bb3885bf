/**
 * Memory of the gateway and of its writer with 1,000 streams open at once, each held until it is judged.
 *
 *   npm run bench:streams -- [--streams 1000]
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { openBench } from './processes.ts'
import { benchIssuer, writeBenchConfiguration } from './setting.ts'

const { values } = parseArgs({ options: { streams: { type: 'string', default: '1000' } } })
const streams = Number(values.streams)
const body = JSON.stringify({ model: 'bench-model', stream: true, messages: [{ role: 'user', content: 'Tell me of the fox.' }] })

const bench = openBench()
try {
  await main()
} finally {
  await bench.close()
}

async function main (): Promise<void> {
  const issuer = await benchIssuer(bench.folder)
  const { url, pid } = await bench.startGateway(writeBenchConfiguration(bench.folder, await bench.startPart('endpoint')))
  const token = await issuer()
  await new Promise(resolve => setTimeout(resolve, 12_000)) // until the compiler has ended
  const before = memoryOf(pid)
  const agent = new Agent({ connections: streams, headersTimeout: 120_000, bodyTimeout: 120_000 })
  let most = before
  const watch = setInterval(() => { most = larger(most, memoryOf(pid)) }, 200)
  const statuses = await Promise.all(Array.from({ length: streams }, async () => await ask(agent, url, token)))
  clearInterval(watch)
  await agent.close()
  console.log(`${statuses.filter(status => status === 200).length} of ${streams} streams answered 200`)
  console.log(`resident memory before: gateway ${before.gateway} MiB, writer ${before.writer} MiB`)
  console.log(`resident memory at most: gateway ${most.gateway} MiB, writer ${most.writer} MiB, both ${most.gateway + most.writer} MiB (bound: 250 MB)`)
}

async function ask (agent: Agent, url: string, token: string): Promise<number> {
  const answer = await request(`${url}/v1/chat/completions`, { dispatcher: agent, method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body })
  await answer.body.dump()
  return answer.statusCode
}

interface Memory { readonly gateway: number, readonly writer: number }

/** Resident memory in MiB, from /proc. */
function memoryOf (pid: number): Memory {
  return { gateway: residentMib(pid), writer: childrenOf(pid).filter(isWriter).map(residentMib).reduce((sum, mib) => sum + mib, 0) }
}

function residentMib (pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
}

/** The audit writer; the Rego compiler is a child too, and ends ten seconds after the start. */
function isWriter (pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('audit/writer')
}

function childrenOf (pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(text => text !== '').map(Number))
}

function larger (a: Memory, b: Memory): Memory {
  return a.gateway + a.writer > b.gateway + b.writer ? a : b
}
