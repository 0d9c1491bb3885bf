/** A bundle behind a URL: polled by its ETag, bounded, and kept for a start without the network. */
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { PolicyData } from '../../../../core/pipeline/plugin.ts'
import { maxBundleBytes } from '../../../../rego/bundle/unpack.ts'
import type { BuiltPolicy } from '../../../../rego/policy.ts'
import type { RemoteSettings } from '../config.ts'
import { loadFrom } from './file.ts'
import { openHistory } from './history.ts'
import { openStore } from './kept.ts'
import { PolicyRefused, type PolicySource } from './source.ts'

const deadlineMs = 15_000

/** @param data the gateway's data folder: the last good bundle lies below it */
export function remoteSource (settings: RemoteSettings, gateway: PolicyData, data: string): PolicySource {
  const kept = openStore(data, settings.url)
  const history = openHistory(kept.state()?.history, changed => { kept.keepHistory(changed) })
  const terms = { gateway, key: settings.key, history }
  let tag: string | null = null
  let isFirst = true
  let received: { readonly archive: Uint8Array, readonly tag: string | null } | null = null

  /** The network's, or, where it cannot be had for the first load, what was kept. */
  async function first (): Promise<BuiltPolicy | null> {
    try {
      return await fetched()
    } catch (thrown) {
      const archive = kept.archive()
      if (archive === null) throw thrown
      received = null
      return await loadFrom(archive, terms)
    }
  }
  async function fetched (): Promise<BuiltPolicy | null> {
    const answer = await ask(settings, tag)
    if (answer === null) return null
    received = answer
    return await loadFrom(answer.archive, terms)
  }
  return {
    name: `${settings.url.origin}${settings.url.pathname}`,
    load: async () => {
      const wasFirst = isFirst
      const policy = await (wasFirst ? first() : fetched())
      isFirst = false
      return policy
    },
    follow: (signal, changed) => { poll(settings.pollMs, signal, changed) },
    inForce: () => {
      history.inForce()
      if (received === null) return
      tag = received.tag // asked for again until it is in force
      kept.keepArchive(received.archive)
      received = null
    }
  }
}

/** With up to a tenth more or less, so that many gateways do not ask at once. */
function poll (everyMs: number, signal: AbortSignal, ask: () => void): void {
  const next = (): void => {
    const timer = setTimeout(() => {
      ask()
      next()
    }, everyMs * (0.9 + Math.random() / 5)).unref()
    signal.addEventListener('abort', () => { clearTimeout(timer) }, { once: true })
  }
  if (!signal.aborted) next()
}

interface Answer { readonly archive: Uint8Array, readonly tag: string | null }

/** Null where the server says that nothing changed (RFC 9110 section 13.1.2). Redirects are not followed. Throws Error. */
async function ask ({ url, token, authorities }: RemoteSettings, tag: string | null): Promise<Answer | null> {
  const agent = new Agent({ connections: 1, connect: { timeout: deadlineMs, ...(authorities === null ? {} : { ca: await readFile(authorities, 'utf8') }) } })
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal: AbortSignal.timeout(deadlineMs),
      headers: { accept: 'application/gzip, application/octet-stream', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(tag === null ? {} : { 'if-none-match': tag }) }
    })
    if (statusCode === 304 && tag !== null) return null
    if (statusCode !== 200) throw new Error(`the server of the bundle answered ${statusCode}`)
    return { archive: await readBounded(body), tag: typeof headers['etag'] === 'string' ? headers['etag'] : null }
  } finally {
    agent.destroy().catch(() => {})
  }
}

async function readBounded (body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBundleBytes) throw new PolicyRefused(`the bundle is more than ${maxBundleBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
