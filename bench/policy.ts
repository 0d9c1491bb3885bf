/**
 * Decisions through the workers, beside OPA's own server over loopback where its program is at hand; rules of one shape; the time of a
 * check. In slices that take turns: what counts are the ratios within one run.
 *
 *   npm run bench:policy -- [--rounds 5] [--opa PATH]
 *
 * `go install github.com/open-policy-agent/opa@v1.22.2` makes the program.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { openPool } from '../plugins/policy/rego/pool.ts'
import { warmUp } from '../plugins/policy/rego/warm.ts'
import { buildPolicy, checkPolicy } from '../rego/build.ts'
import { openEngine } from '../rego/engine/engine.ts'
import { entrypoints, libraryModules } from '../rego/library.ts'
import type { BuiltPolicy } from '../rego/policy.ts'
import { median, openFolder } from './parts/measure.ts'
import { askedInput, benchPolicy, endlessPolicy, familyPolicy, gatewayFacts, manyModules } from './parts/policies.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, opa: { type: 'string' } } })
const rounds = Number(values.rounds)
const { folder, remove } = openFolder('bench-policy-')

type Ask = (inputText: string) => Promise<unknown>

/** How long contenders take their turns. */
const sliceMs = 1500

try {
  await check()
  await shapes()
  await decisions()
  await runaways()
} finally {
  remove()
}

/** From a start without anything, and again when one file has changed. */
async function check (): Promise<void> {
  const dir = write('many', manyModules(50))
  const coldMs = await timeOf(async () => await checkPolicy({ dir, gateway: gatewayFacts }))
  const warm: number[] = []
  for (let round = 0; round < rounds; round++) {
    writeFileSync(join(dir, 'area_7.rego'), `${manyModules(50)['area_7.rego'] ?? ''}\n# ${round}\n`)
    warm.push(await timeOf(async () => await checkPolicy({ dir, gateway: gatewayFacts })))
  }
  console.log(`check of 50 modules: cold ${coldMs.toFixed(0)} ms (bound 2500), after a change ${median(warm).toFixed(0)} ms (bound 100)`)
}

/** The WebAssembly alone, in this thread. */
async function shapes (): Promise<void> {
  const engines = []
  for (const rules of [10, 1000]) {
    const { wasm, dataText } = await built(write(`rules-${rules}`, familyPolicy(rules)))
    engines.push({ rules, us: [] as number[], engine: openEngine(new WebAssembly.Module(new Uint8Array(wasm)), dataText) })
  }
  const { wasm, dataText } = await built(write('plain', benchPolicy))
  engines.push({ rules: 0, us: [] as number[], engine: openEngine(new WebAssembly.Module(new Uint8Array(wasm)), dataText) })
  const input = askedInput(1024)
  for (let round = 0; round < rounds + 1; round++) {
    for (const { engine, us } of engines) {
      const count = 4000
      const ms = await timeOf(async () => { for (let index = 0; index < count; index++) engine.evaluate(entrypoints.decision, input) })
      if (round > 0) us.push(ms * 1000 / count)
    }
  }
  const [ten = 0, thousand = 0, plain = 0] = engines.map(({ us }) => median(us))
  console.log(`rules of one shape: ten ${ten.toFixed(1)} us, a thousand ${thousand.toFixed(1)} us, ratio ${(thousand / ten).toFixed(2)} (bound 1.5); the policy of the bench ${plain.toFixed(1)} us`)
}

/** What an evaluation without end costs itself and those who ask while it runs, at the deadline that is the default. */
async function runaways (): Promise<void> {
  const policy = await built(write('endless', endlessPolicy))
  const parts = { module: await WebAssembly.compile(new Uint8Array(policy.wasm)), tenants: new Map<string, WebAssembly.Module>(), dataText: policy.dataText, evaluator: null }
  await warmUp(parts)
  const pool = await openPool(parts, { workers: 2, deadlineMs: 25, spare: true })
  const plain = askedInput(1024)
  const endless = plain.replace('"id":"u-7"', '"id":"endless"')
  const deniedMs: number[] = []
  const othersMs: number[] = []
  for (let round = 0; round < rounds * 4; round++) {
    const denied = timeOf(async () => await pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText: endless }).catch(() => {}))
    for (let asked = 0; asked < 20; asked++) {
      await new Promise(resolve => { setTimeout(resolve, 1) })
      othersMs.push(await timeOf(async () => await pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText: plain })))
    }
    deniedMs.push(await denied)
  }
  await pool.close()
  console.log(`an evaluation without end is denied after ${median(deniedMs).toFixed(0)} ms (bound 50), ${Math.max(...deniedMs).toFixed(0)} at most; who asks meanwhile waits ${median(othersMs).toFixed(2)} ms, ${Math.max(...othersMs).toFixed(0)} at most`)
}

async function decisions (): Promise<void> {
  const policy = await built(write('decide', benchPolicy))
  const parts = { module: await WebAssembly.compile(new Uint8Array(policy.wasm)), tenants: new Map<string, WebAssembly.Module>(), dataText: policy.dataText, evaluator: null }
  await warmUp(parts)
  const pool = await openPool(parts, { workers: 2, deadlineMs: 1000, spare: true })
  const server = values.opa === undefined ? null : await openServer(values.opa, policy)
  const contenders: Array<{ readonly name: string, readonly ask: Ask }> = [{ name: 'workers', ask: inputText => pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText }) }]
  if (server !== null) contenders.push({ name: 'opa server', ask: server.ask })
  const input = askedInput(4096)
  console.log(`decisions on ${Buffer.byteLength(input)} bytes; median of ${rounds} slices`)
  for (const load of [{ inFlight: 64, perSecond: null }, { inFlight: null, perSecond: 4000 }, { inFlight: null, perSecond: 1000 }] as const) {
    const slices = contenders.map(() => [] as Slice[])
    for (let round = 0; round < rounds + 1; round++) {
      for (const [index, { ask }] of contenders.entries()) {
        const slice = await (load.inFlight === null ? arriving(ask, input, load.perSecond) : closed(ask, input, load.inFlight))
        if (round > 0) slices[index]?.push(slice)
      }
    }
    for (const [index, { name }] of contenders.entries()) {
      const of = (read: (slice: Slice) => number): string => median((slices[index] ?? []).map(read)).toFixed(0)
      const what = load.inFlight === null ? `${load.perSecond} a second` : `${load.inFlight} in flight`
      console.log(`  ${what.padEnd(16)} ${name.padEnd(11)} ${of(slice => slice.perSecond).padStart(7)}/s   p50 ${of(slice => slice.p50).padStart(6)} us   p99 ${of(slice => slice.p99).padStart(6)} us   CPU of this process ${of(slice => slice.cpu).padStart(4)} us each`)
    }
  }
  await pool.close()
  server?.close()
}

/** Microseconds, but for `perSecond`. */
interface Slice { readonly perSecond: number, readonly p50: number, readonly p99: number, readonly cpu: number }

async function closed (ask: Ask, input: string, inFlight: number): Promise<Slice> {
  return await measured(async times => {
    const until = performance.now() + sliceMs
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) times.push(await timeOf(async () => await ask(input)))
    }))
  })
}

/** Requests that come when they come, as those of a gateway do: their waiting counts from when they were due. */
async function arriving (ask: Ask, input: string, perSecond: number): Promise<Slice> {
  return await measured(async times => {
    const started = performance.now()
    const under: Array<Promise<void>> = []
    for (let due = started; due < started + sliceMs; due += -Math.log(1 - Math.random()) * 1000 / perSecond) {
      while (performance.now() < due) await new Promise(resolve => { setImmediate(resolve) })
      const dueMs = performance.now()
      under.push(ask(input).then(() => { times.push(performance.now() - dueMs) }))
    }
    await Promise.all(under)
  })
}

async function measured (run: (times: number[]) => Promise<void>): Promise<Slice> {
  const times: number[] = []
  const before = process.cpuUsage()
  const ms = await timeOf(async () => { await run(times) })
  const { user, system } = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  const at = (share: number): number => (times[Math.floor(times.length * share)] ?? 0) * 1000
  return { perSecond: times.length * 1000 / ms, p50: at(0.5), p99: at(0.99), cpu: (user + system) / times.length }
}

/** The same library, rules and data in OPA's server, asked over kept-alive connections. */
async function openServer (program: string, { dataText }: BuiltPolicy): Promise<{ readonly ask: Ask, close (): void }> {
  const dir = write('server', { ...benchPolicy, ...Object.fromEntries(libraryModules().map(({ path, text }) => [path.replace('library/', 'library_'), text])), 'data.json': dataText })
  const address = '127.0.0.1:18181'
  const child = spawn(program, ['run', '--server', '--addr', address, '--log-level', 'error', dir], { stdio: 'ignore' })
  const agent = new Agent({ connections: 64, pipelining: 1 })
  const ask: Ask = async inputText => {
    const { body } = await request(`http://${address}/v1/data/gateway/decision`, { dispatcher: agent, method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"input":${inputText}}` })
    return await body.text()
  }
  for (let tries = 0; tries < 100 && !await ask('{}').then(() => true, () => false); tries++) await new Promise(resolve => setTimeout(resolve, 100))
  return { ask, close: () => { child.kill(); agent.destroy().catch(() => {}) } }
}

async function built (dir: string): Promise<BuiltPolicy> {
  const { policy, faults } = await buildPolicy({ dir, gateway: gatewayFacts })
  if (policy === null) throw new Error(JSON.stringify(faults))
  return policy
}

function write (name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(folder, name)
  mkdirSync(dir, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text)
  return dir
}

async function timeOf (work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
