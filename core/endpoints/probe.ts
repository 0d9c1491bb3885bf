/**
 * Active probes: an endpoint is asked on a path of its own, without a request of a caller. They carry the endpoint's credential and nothing else. One that
 * fails counts as a failure, so that callers need not find out; one that is answered lets a failing endpoint back, once its cool-down is over: it is the
 * trial that otherwise a request would be.
 */
import type { Endpoint } from '../runtime.ts'
import { credentialHeaders, joinUrl } from '../protocol/address.ts'
import { retryAfterMs } from './waits.ts'
import type { EndpointStates } from './states.ts'

/** Statuses by which an endpoint says that it is there, though it has nothing on that path. */
const present: ReadonlySet<number> = new Set([401, 403, 404, 405, 429])

/** Probes every endpoint that is configured so until `closing` is aborted. */
export function startProbes (endpoints: ReadonlyMap<string, Endpoint>, states: EndpointStates, closing: AbortSignal): void {
  for (const endpoint of endpoints.values()) {
    const { probe, id } = { probe: endpoint.config.health.probe, id: endpoint.config.id }
    if (probe === null) continue
    const timer = setInterval(() => {
      probeOnce(endpoint, probe, closing).then(note => { states.of(id).probed(note) }, () => {})
    }, probe.intervalMs).unref()
    closing.addEventListener('abort', () => { clearInterval(timer) }, { once: true })
  }
}

interface Note { readonly answered: boolean, readonly retryAfterMs: number | null }

async function probeOnce ({ config, dispatcher }: Endpoint, { path, timeoutMs }: NonNullable<Endpoint['config']['health']['probe']>, closing: AbortSignal): Promise<Note> {
  const url = joinUrl(config.url, path)
  try {
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: { 'user-agent': 'sallyport', ...credentialHeaders(config.auth) },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), closing])
    })
    await body.dump({ limit: 64 * 1024 }).catch(() => {}) // what it says is of no interest
    return { answered: statusCode < 400 || present.has(statusCode), retryAfterMs: statusCode === 429 || statusCode >= 500 ? retryAfterMs(headers, Date.now()) : null }
  } catch (thrown) {
    if (closing.aborted) throw thrown
    return { answered: false, retryAfterMs: null }
  }
}
