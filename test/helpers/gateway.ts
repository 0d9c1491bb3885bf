/** The real gateway, in this process or in its own, and its records as `sallyport audit` shows them. */
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startGatewayFrom } from '../../core/gateway.ts'
import { gather, run, start, type CommandOptions } from './command.ts'
import type { Teardown } from './folder.ts'

export interface RunningGateway {
  /** `http://127.0.0.1:PORT` */
  readonly address: string
  readonly adminAddress: string
  close (): Promise<void>
}

export interface ChildGateway extends RunningGateway {
  readonly child: ChildProcess
  /** The operational log so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with exit code and signal. */
  readonly exited: Promise<{ readonly code: number | null, readonly signal: NodeJS.Signals | null }>
}

/** Starts the gateway in this process; it ends with the test. */
export async function startHere (t: Teardown, configuration: string): Promise<RunningGateway> {
  const gateway = await startGatewayFrom(configuration)
  t.teardown(() => gateway.close())
  return { address: gateway.address, adminAddress: gateway.adminAddress ?? '', close: () => gateway.close() }
}

/** Starts `sallyport start` and waits until it is ready; it ends with the test. */
export async function startChild (t: Teardown, configuration: string, options: CommandOptions = {}): Promise<ChildGateway> {
  const child = start(['start', '--config', configuration], { folder: dirname(configuration), ...options })
  const stdout = gather(child.stdout)
  const stderr = gather(child.stderr)
  const exited = new Promise<{ code: number | null, signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => { resolve({ code, signal }) })
  })
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const found = await announced(child, stderr)
  await ready(found.adminAddress)
  return { ...found, child, stdout, stderr, exited, close }
}

/** Waits for the banner on standard error that names both addresses. */
async function announced (child: ChildProcess, stderr: () => string): Promise<{ address: string, adminAddress: string }> {
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      const found = /listens on (\S+), admin (\S+)/.exec(stderr())
      if (found !== null) resolve({ address: found[1] ?? '', adminAddress: found[2] ?? '' })
    }
    child.stderr?.on('data', look)
    child.once('close', () => { reject(new Error(`the gateway ended before it was ready:\n${stderr()}`)) })
  })
}

/** Asks `/readyz` until it says 200. */
export async function ready (adminAddress: string): Promise<void> {
  for (let wait = 5; ; wait = Math.min(wait * 2, 200)) {
    const status = await fetch(`${adminAddress}/readyz`).then((response) => response.status, () => 0)
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

export interface ChatOptions {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
  readonly signal?: AbortSignal
}

/** Posts a chat completion. `body` is a whole body, or the text of one user message to `test-model`. */
export async function chat (gateway: { readonly address: string }, body: string | object, options: ChatOptions = {}): Promise<Response> {
  const document = typeof body === 'string' ? { model: 'test-model', messages: [{ role: 'user', content: body }] } : body
  return await fetch(gateway.address + (options.path ?? '/v1/chat/completions'), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers
    },
    body: JSON.stringify(document),
    ...(options.signal === undefined ? {} : { signal: options.signal })
  })
}

/** A record as `audit show --json` prints it. */
export interface ShownRecord {
  readonly index: number
  readonly body: Readonly<Record<string, unknown>> & { readonly kind: 'decision' | 'outcome' | 'system' }
}

/** The records of a data folder, oldest first. */
export async function records (data: string): Promise<readonly ShownRecord[]> {
  const shown = await run(['audit', 'show', join(data, 'audit'), '--json'])
  if (shown.code !== 0) throw new Error(`audit show ended with ${String(shown.code)}: ${shown.stderr}`)
  return shown.stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ShownRecord)
}

/** The decision record and the outcome record of one request, by the value of `sallyport-decision-id`. */
export async function recordsOf (data: string, decisionId: string): Promise<{ readonly decision: ShownRecord['body'] | null, readonly outcome: ShownRecord['body'] | null }> {
  const bodies = (await records(data)).map((record) => record.body)
  return {
    decision: bodies.find((body) => body.kind === 'decision' && body['id'] === decisionId) ?? null,
    outcome: bodies.find((body) => body.kind === 'outcome' && body['decision_id'] === decisionId) ?? null
  }
}

export interface Verification {
  readonly code: number | null
  readonly result: string
  readonly size: number
  readonly open: readonly string[]
  readonly violations: readonly unknown[]
  readonly broken: { readonly what: string, readonly where: unknown } | null
}

/** Runs `keys show` and `audit verify` as an auditor would. */
export async function verify (configuration: string, data: string): Promise<Verification> {
  const shown = await run(['keys', 'show', '--config', configuration])
  if (shown.code !== 0) throw new Error(`keys show ended with ${String(shown.code)}: ${shown.stderr}`)
  const key = join(data, 'verifier.key')
  writeFileSync(key, shown.stdout)
  const verified = await run(['audit', 'verify', join(data, 'audit'), '--key', key, '--json'])
  return { ...JSON.parse(verified.stdout) as Omit<Verification, 'code'>, code: verified.code }
}
