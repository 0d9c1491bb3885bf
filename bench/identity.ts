/** What identity costs: a token that is known, one that is not beside jose alone, and a million that are nobody's. In process, without HTTP. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type CryptoKey } from 'jose'
import { pino } from 'pino'
import type { Credential, IdentityStage, Stage } from '../core/pipeline/plugin.ts'
import { MemoryReplay } from '../core/store/replay.ts'
import identityJwt from '../plugins/identity/jwt/index.ts'
import { median } from './parts/measure.ts'

const issuer = 'https://idp.bench.example'
const signal = new AbortController().signal
type Ready = Stage<'credential', 'principal'> & IdentityStage

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: 'bench', alg: 'ES256' }] }))

async function openStage (): Promise<Ready> {
  const config = { issuers: [{ issuer, audience: 'sallyport', algorithms: ['ES256'], jwks_file: 'jwks.json' }] }
  return await identityJwt.setup(config as never, { log: pino({ level: 'silent' }), folder, data: folder, taxonomy: [], closing: signal, publicUrl: null, replay: new MemoryReplay(() => Date.now()) })
}

async function sign (subject: string): Promise<string> {
  return await new SignJWT({ tenant: 'acme', roles: ['clinician', 'auditor'], groups: ['ward-4'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' }).setIssuer(issuer).setAudience('sallyport').setSubject(subject).setIssuedAt().setExpirationTime('1h').sign(privateKey)
}

/** As it comes from the wire: a header is a new text at every request. */
function credentialOf (token: string): Credential {
  const header = Buffer.from(`Bearer ${token}`).toString('latin1')
  return { authorization: [header], apiKeys: [], proofs: [], workload: { transaction: [], identity: [], proof: [] }, certificates: [], certificateRefused: false, tokenInQuery: false, method: 'POST', path: '/', url: null, role: null }
}

/** Microseconds of CPU a call. */
async function cpu (calls: number, work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

async function hit (): Promise<void> {
  const stage = await openStage()
  const tokens = await Promise.all(Array.from({ length: 1000 }, async (_, index) => await sign(`u-${index}`)))
  for (const token of tokens) await stage.run({ credential: credentialOf(token) }, signal)
  const calls = 200_000
  const results: number[] = []
  for (let round = 0; round < 7; round++) {
    const made = await cpu(calls, () => { for (let index = 0; index < calls; index++) credentialOf(tokens[index % 1000] ?? '') })
    const asked = await cpu(calls, () => {
      for (let index = 0; index < calls; index++) if ('then' in stage.run({ credential: credentialOf(tokens[index % 1000] ?? '') }, signal)) throw new Error('a known token takes a promise')
    })
    results.push(asked - made)
  }
  console.log(`known token: ${median(results).toFixed(2)} us of CPU (aim: 5)`)
}

async function miss (): Promise<void> {
  const count = 2000
  const tokens = await Promise.all(Array.from({ length: count }, async (_, index) => await sign(`u-${index}`)))
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < 8; round++) {
    const stage = await openStage()
    await stage.run({ credential: credentialOf(await sign('first')) }, signal)
    const turns = [
      async () => {
        bare.push(await cpu(count, async () => { for (const token of tokens) await bareVerify((credentialOf(token).authorization[0] ?? '').slice('Bearer '.length), publicKey) }))
      },
      async () => {
        ours.push(await cpu(count, async () => { for (const token of tokens) if ((await stage.run({ credential: credentialOf(token) }, signal)).kind !== 'continue') throw new Error('refused') }))
      }
    ]
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
  }
  const ratio = median(ours.slice(1)) / median(bare.slice(1))
  console.log(`new token, ES256: ${median(ours.slice(1)).toFixed(0)} us of CPU, jose alone ${median(bare.slice(1)).toFixed(0)} us: ratio ${ratio.toFixed(2)} (aim: 1.3)`)
}

async function bareVerify (token: string, key: CryptoKey): Promise<void> {
  await jwtVerify(token, key, { issuer, audience: 'sallyport', algorithms: ['ES256'] })
}

/** Tokens of nobody: of every form that a stranger can make without a key. */
function garbage (index: number, good: string): string {
  const [head = '', body = '', signature = ''] = good.split('.')
  const noise = randomBytes(24).toString('base64url')
  switch (index % 5) {
    case 0: return noise
    case 1: return `${noise}.${noise}.${noise}`
    case 2: return `${Buffer.from(JSON.stringify({ alg: 'ES256', kid: noise })).toString('base64url')}.${body}.${signature}`
    case 3: return `${head}.${Buffer.from(JSON.stringify({ iss: noise, sub: noise })).toString('base64url')}.${signature}`
    default: return `${head}.${body}.${noise}`
  }
}

async function flood (): Promise<void> {
  const stage = await openStage()
  const good = await sign('u-17')
  const ask = async (token: string): Promise<string> => (await stage.run({ credential: credentialOf(token) }, signal)).kind
  const goodTime = async (): Promise<number> => await cpu(2000, async () => { for (let index = 0; index < 2000; index++) if (await ask(good) !== 'continue') throw new Error('refused') })
  const total = Number(process.env['BENCH_GARBAGE'] ?? 1_000_000)
  for (let index = 0; index < 20_000; index++) await ask(garbage(index, good))
  for (let index = 0; index < 5; index++) await goodTime()
  const before = { heap: heapBytes(), good: await goodTime() }
  const times: number[] = []
  for (let index = 0; index < total; index++) {
    if (await ask(garbage(index, good)) !== 'halt') throw new Error('garbage was accepted')
    if (index % (total / 10) === 0) times.push(await goodTime())
  }
  const grown = (heapBytes() - before.heap) / 1024 / 1024
  console.log(`${total.toLocaleString('en')} garbage tokens: heap ${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MiB, a good token ${(median(times) / before.good).toFixed(2)} times its time before (aim: 2)`)
}

function heapBytes (): number {
  const collect: unknown = Reflect.get(globalThis, 'gc')
  if (typeof collect === 'function') for (let round = 0; round < 3; round++) Reflect.apply(collect, null, [])
  return process.memoryUsage().heapUsed
}

try {
  await hit()
  await miss()
  await flood()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
