/** Asks the gateway that runs, at its admin listener. */
import { Agent, request } from 'undici'
import type { AdminConfig, Configuration } from '../../config/types.ts'
import type { RouteExplanation } from '../../endpoints/explain.ts'
import type { GatewayErrorCode } from '../../errors.ts'
import { UsageError } from '../command.ts'

const patienceMs = 5000

interface Answer {
  readonly route: string
  readonly model: string | null
  readonly refused: GatewayErrorCode | null
  readonly endpoints: ReadonlyArray<{ readonly endpoint: string, readonly rank: number | null, readonly because: string, readonly healthy: boolean, readonly held_ms: number, readonly active: number, readonly latency_ms: number | null, readonly cost_micros: number | null }>
}

/** Throws UsageError where there is no gateway to ask, or where it says what is wrong with the question. */
export async function askRunning ({ admin }: Configuration, parts: Readonly<Record<string, string>>): Promise<RouteExplanation> {
  if (admin === null || admin.port === 0) throw new UsageError('--live needs an admin address with a port in the configuration')
  const { statusCode, body } = await ask(admin, parts).catch((thrown: unknown) => {
    throw new UsageError(`no gateway answers at ${admin.host}:${admin.port} (${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no answer'}): start it, or ask without --live`)
  })
  if (statusCode !== 200) throw new UsageError((await body.json() as { readonly error?: string }).error ?? `the gateway answers ${statusCode}`)
  const { route, model, refused, endpoints } = await body.json() as Answer
  return {
    route,
    model,
    refused,
    endpoints: endpoints.map(({ held_ms: heldMs, latency_ms: latencyMs, cost_micros: costMicros, ...same }) => ({ ...same, heldMs, latencyMs, costMicros }))
  }
}

async function ask ({ host, port, tls, token }: AdminConfig, parts: Readonly<Record<string, string>>): ReturnType<typeof request> {
  const address = host.includes(':') ? `[${host}]` : host
  const url = new URL(`${tls === null ? 'http' : 'https'}://${address}:${port}/route`)
  for (const [name, text] of Object.entries(parts)) url.searchParams.set(name, text)
  // the certificate is our own, known whole: its name says nothing more
  const dispatcher = new Agent(tls === null ? {} : { connect: { ca: tls.certificate, checkServerIdentity: () => undefined } })
  return await request(url, { dispatcher, headers: token === null ? {} : { authorization: `Bearer ${token}` }, headersTimeout: patienceMs, bodyTimeout: patienceMs })
}
