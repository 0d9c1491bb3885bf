/** Asks one URL by POST with JSON: no redirect, a bounded answer, a few connections that stay open. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Agent, request } from 'undici'
import { readReference, type Reference } from '../../../core/config/reference.ts'

const mostBytes = 4 * 1024 * 1024
const connections = 8

export interface ClientEntry { readonly authorization?: Reference, readonly authorities?: string }

export class JsonClient {
  readonly #url: URL
  readonly #agent: Agent
  readonly #headers: Readonly<Record<string, string>>

  /** Throws Error where a reference cannot be resolved. */
  constructor (url: URL, { authorization, authorities }: ClientEntry, folder: string) {
    this.#url = url
    this.#agent = new Agent({ connections, connect: authorities === undefined ? {} : { ca: readFileSync(resolve(folder, authorities), 'utf8') } })
    this.#headers = { accept: 'application/json', 'content-type': 'application/json', ...authorization === undefined ? {} : { authorization: readReference(authorization, folder) } }
  }

  /** Rejects with Error for any answer but 200 and JSON. */
  async ask (question: unknown, signal: AbortSignal): Promise<unknown> {
    const { statusCode, body } = await request(this.#url, { dispatcher: this.#agent, method: 'POST', signal, headers: this.#headers, body: JSON.stringify(question) })
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`it answered ${statusCode}`)
    }
    return JSON.parse(await readBounded(body))
  }

  close (): void {
    this.#agent.destroy().catch(() => {})
  }
}

async function readBounded (body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > mostBytes) throw new Error('its answer is too large')
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length))
}
