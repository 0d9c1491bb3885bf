/** One chat request over whatever connection a test needs: TLS with a client certificate, or a Unix socket. */
import { request as plainRequest, type IncomingHttpHeaders } from 'node:http'
import { request as tlsRequest, type RequestOptions } from 'node:https'

export interface CallOptions {
  /** `https://127.0.0.1:PORT`, or the path of a Unix socket. */
  readonly address: string
  readonly authority?: string
  readonly certificate?: { readonly certificate: string, readonly key: string }
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly path?: string
  readonly method?: string
}

export interface Called {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The error's code, where the body has one. */
  readonly code: string | null
}

const body = JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'hi' }] })

/** Rejects where no answer comes, as after a refused handshake. */
export async function call (options: CallOptions): Promise<Called> {
  const { address, authority, certificate, headers = {}, path = '/v1/chat/completions', method = 'POST' } = options
  const where: RequestOptions = address.startsWith('/') ? { socketPath: address } : { hostname: new URL(address).hostname, port: new URL(address).port }
  const tls = { ca: authority, cert: certificate?.certificate, key: certificate?.key, agent: false as const }
  const ask = address.startsWith('https:') ? tlsRequest : plainRequest
  return await new Promise((resolve, reject) => {
    const sent = ask({ ...where, ...tls, path, method, headers: { 'content-type': 'application/json', ...headers } as Record<string, string> }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, code: codeOf(text) })
      })
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? body : undefined)
  })
}

function codeOf (text: string): string | null {
  try {
    return (JSON.parse(text) as { error?: { code?: string } }).error?.code ?? null
  } catch {
    return null
  }
}
