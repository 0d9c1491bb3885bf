/** What the tests of identity plugins share: a stage set up as the core does it, credentials, hand-made tokens, a key server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHmac, createPrivateKey, sign as signBytes } from 'node:crypto'
import { exportJWK } from 'jose'
import { pino } from 'pino'
import type { GatewayError } from '../../../core/errors.ts'
import type { Credential, ExplainedStep, PhaseHosts, Plugin, Principal, ReplayStore, Stage, IdentityStage } from '../../../core/pipeline/plugin.ts'
import { MemoryReplay } from '../../../core/store/replay.ts'
import identityJwt from '../../../plugins/identity/jwt/index.ts'
import type { IdentityJwtConfig } from '../../../plugins/identity/jwt/config.ts'
import type { IssuerEntry } from '../../../plugins/identity/issuer/config.ts'
import { temporaryFolder, writeFiles, type Teardown } from '../../helpers/folder.ts'
import { createIssuer, type TestIssuer } from '../../helpers/issuer.ts'

export type IdentityPlugin = Plugin<'identity', 'credential', 'principal'>

export interface Opened {
  /** The principal, or the error's code. */
  ask (credential: string | Partial<Credential>): Promise<Principal | string>
  /** The principal, or the error. */
  result (credential: string | Partial<Credential>): Promise<Principal | GatewayError>
  explain (credential: string | Partial<Credential>): Promise<{ readonly steps: readonly ExplainedStep[], readonly result: Principal | GatewayError }>
  applies (credential: string | Partial<Credential>): boolean
  readonly stage: Stage<'credential', 'principal'> & IdentityStage
  readonly folder: string
  readonly closing: AbortController
}

export interface OpenOptions {
  readonly files?: Readonly<Record<string, unknown>>
  readonly publicUrl?: string | null
  readonly replay?: ReplayStore
  readonly nonceKey?: Uint8Array
  /** Use this folder, which exists already. */
  readonly folder?: string
}

/** Sets an identity plugin up in a folder of its own. */
export async function openPlugin (t: Teardown, plugin: IdentityPlugin, config: unknown, options: OpenOptions = {}): Promise<Opened> {
  const folder = options.folder ?? temporaryFolder(t)
  writeFiles(folder, options.files ?? {})
  const closing = new AbortController()
  const host: PhaseHosts['identity'] = {
    log: pino({ level: 'silent' }), folder, data: folder, taxonomy: ['internal'], closing: closing.signal, publicUrl: options.publicUrl ?? null, replay: options.replay ?? new MemoryReplay(() => Date.now()), ...(options.nonceKey === undefined ? {} : { nonceKey: options.nonceKey })
  }
  const stage = await plugin.setup(config as never, host)
  t.teardown(() => { closing.abort() })
  const result = async (credential: string | Partial<Credential>): Promise<Principal | GatewayError> => {
    const answer = await stage.run({ credential: credentialOf(credential) }, new AbortController().signal)
    return answer.kind === 'continue' ? answer.facts.principal : answer.error
  }
  return {
    stage,
    folder,
    closing,
    result,
    applies: credential => stage.applies?.(credentialOf(credential)) ?? false,
    ask: async credential => {
      const principal = await result(credential)
      return principal instanceof Error ? principal.code : principal
    },
    explain: async credential => {
      const steps: ExplainedStep[] = []
      const told = await stage.explain?.(credentialOf(credential), step => { steps.push(step) }, closing.signal).catch((thrown: unknown) => thrown as GatewayError)
      if (told === undefined) throw new Error('the stage explains nothing')
      return { steps, result: told }
    }
  }
}

/** Sets `identity.jwt` up. */
export async function openStage (t: Teardown, config: IdentityJwtConfig, files: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  return await openPlugin(t, identityJwt, config, { files })
}

/** Faults that a plugin's own check finds. */
export async function faultsOf (plugin: IdentityPlugin, config: unknown, publicUrl: string | null = null): Promise<string[]> {
  const policyData = { endpoints: {}, models: {}, tenants: null, routes: {}, taxonomy: { levels: ['internal'] } }
  const faults = await plugin.check?.(config as never, { folder: '/', data: '/', taxonomy: ['internal'], publicUrl, policyData }) ?? []
  return faults.map(({ message }) => message)
}

/** A stage that trusts one issuer by a key file, changed as the test needs it. */
export async function openFor (t: Teardown, issuer: TestIssuer, changes: Partial<IssuerEntry> = {}): Promise<Opened> {
  return await openStage(t, { issuers: [entryOf(issuer, changes)] }, { 'jwks.json': issuer.jwks })
}

export function entryOf (issuer: TestIssuer, changes: Partial<IssuerEntry> = {}): IssuerEntry {
  const { jwks_uri: uri } = changes
  const base = { issuer: issuer.issuer, audience: 'sallyport', algorithms: ['ES256'] as const }
  return { ...base, ...(uri === undefined ? { jwks_file: 'jwks.json' } : {}), ...changes }
}

/** A bearer token, or what else is presented. */
export function credentialOf (credential: string | Partial<Credential>): Credential {
  const presented = typeof credential === 'string' ? { authorization: [`Bearer ${credential}`] } : credential
  return { authorization: [], apiKeys: [], proofs: [], workload: { transaction: [], identity: [], proof: [] }, certificates: [], certificateRefused: false, tokenInQuery: false, method: 'POST', path: '/v1/chat/completions', url: null, role: null, ...presented }
}

export interface Forge {
  readonly issuer: TestIssuer
  /** A part as it is encoded: an object as JSON, a text word for word, bytes as they are. */
  make (header: Part, payload: Part): Promise<string>
  /** Good header and payload to start from. */
  readonly header: Readonly<Record<string, unknown>>
  claims (changes?: Readonly<Record<string, unknown>>): Record<string, unknown>
}

export type Part = Readonly<Record<string, unknown>> | string | Uint8Array

/** Signs whatever it is told to with an issuer's own ES256 key: only the rules stand between such a token and the gateway. */
export async function openForge (issuer?: TestIssuer): Promise<Forge> {
  const from = issuer ?? await createIssuer()
  const key = createPrivateKey({ key: await exportJWK(from.privateKey) as never, format: 'jwk' })
  const now = Math.floor(Date.now() / 1000)
  return {
    issuer: from,
    header: { alg: 'ES256', kid: 'test-1' },
    claims: (changes = {}) => ({ iss: from.issuer, aud: 'sallyport', sub: 'u-17', iat: now, exp: now + 300, ...changes }),
    make: async (header, payload) => {
      const input = `${encode(header)}.${encode(payload)}`
      return `${input}.${signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    }
  }
}

export function encode (part: Part): string {
  return Buffer.from(typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part)).toString('base64url')
}

/** Signs with a shared secret. */
export function signHmac (header: Part, payload: Part, secret: string | Uint8Array): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

export interface KeyServer {
  readonly url: string
  readonly origin: string
  /** Paths asked for so far. */
  readonly asked: string[]
  /** What the next answers are. */
  respond: (request: IncomingMessage, response: ServerResponse) => void
  close (): Promise<void>
}

/** A real HTTP server on loopback. */
export async function serve (t: Teardown, document: unknown): Promise<KeyServer> {
  const asked: string[] = []
  const http = createServer((request, response) => {
    asked.push(request.url ?? '')
    server.respond(request, response)
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    http.closeAllConnections()
    await new Promise<void>(resolve => { http.close(() => { resolve() }) })
  }
  t.teardown(async () => { if (http.listening) await close() })
  const server: KeyServer = { url: `${origin}/keys`, origin, asked, close, respond: json(document) }
  return server
}

/** Answers 200 with this document. */
export function json (document: unknown): KeyServer['respond'] {
  return (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(document))
  }
}
