/** The admin listener: liveness, readiness, metrics, proofs, reload. Never on the callers' listener. */
import { createHash, timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { AdminConfig } from '../config/types.ts'
import { QuestionError, type QuestionParts } from '../endpoints/question.ts'

export interface Readiness { readonly unready: readonly string[], readonly notes: readonly string[] }

export interface AdminSources {
  /** In the text format of Prometheus. */
  metrics (): Promise<{ readonly contentType: string, readonly text: string }>
  /** Why the gateway is not ready; empty where it is. */
  readiness (): Readiness | Promise<Readiness>
  /** The proofs of all pipelines. */
  pipelines (): unknown
  /** The state of all endpoints by id. */
  endpoints (): unknown
  /** Answers a question about routing. Throws QuestionError. */
  explain (parts: QuestionParts): unknown
  /** Throws an error whose message says why nothing changed. */
  reload (): Promise<void>
}

export interface AdminServer {
  readonly address: string
  close (): Promise<void>
}

export async function listenForAdmin (admin: AdminConfig, sources: AdminSources): Promise<AdminServer> {
  const app = createApp(admin)
  const open = new Set(['/healthz', '/readyz'])
  app.addHook('onRequest', async (request, reply) => {
    if (open.has(request.url.split('?', 1)[0] ?? '') && request.method === 'GET') return
    const refusal = refuse(admin, request)
    if (refusal !== null) return await reply.code(refusal.status).send({ error: refusal.error })
  })
  addRoutes(app, sources)
  const address = await app.listen({ host: admin.host, port: admin.port })
  return { address, close: async () => { await app.close() } }
}

function createApp ({ tls }: AdminConfig): FastifyInstance {
  const options = { logger: false as const, requestTimeout: 10_000, forceCloseConnections: true as const, exposeHeadRoutes: false }
  if (tls === null) return fastify(options)
  return fastify({ ...options, https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } }) as unknown as FastifyInstance
}

interface Refusal { readonly status: number, readonly error: string }

/** Beyond loopback all but liveness needs the token; what changes something needs it always, and no browser's Origin. */
function refuse (admin: AdminConfig, request: FastifyRequest): Refusal | null {
  const changes = request.method !== 'GET'
  if (changes && request.headers.origin !== undefined) return { status: 403, error: 'calls with an Origin are refused' }
  if (changes && !ownHost(admin, request.headers.host)) return { status: 403, error: 'the Host is not this listener' }
  if (!changes && isLoopback(admin.host)) return null
  if (admin.token === null) return { status: 403, error: 'this call needs admin.token to be configured' }
  return bearerMatches(request, admin.token) ? null : { status: 401, error: 'this call needs the admin token' }
}

function isLoopback (host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.(?:\d{1,3}\.){2}\d{1,3}$/.test(host)
}

/** Guards against DNS rebinding: a name that merely resolves to us is not ours. */
function ownHost (admin: AdminConfig, host: string | undefined): boolean {
  const name = host?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') ?? ''
  return name === admin.host || (isLoopback(admin.host) && isLoopback(name))
}

function bearerMatches (request: FastifyRequest, token: string): boolean {
  const presented = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(presented), digest(token))
}

function addRoutes (app: FastifyInstance, sources: AdminSources): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const { unready, notes } = await sources.readiness()
    return await reply.code(unready.length === 0 ? 200 : 503).send({ status: unready.length === 0 ? 'ready' : 'unready', unready, notes })
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await sources.metrics()
    return await reply.type(contentType).send(text)
  })
  app.get('/pipelines', async () => sources.pipelines())
  app.get('/endpoints', async () => await sources.endpoints())
  app.get('/route', async (request, reply) => {
    try {
      return await sources.explain(request.query as QuestionParts)
    } catch (thrown) {
      if (!(thrown instanceof QuestionError)) throw thrown
      return await reply.code(400).send({ error: thrown.message })
    }
  })
  app.post('/reload', async (_request, reply) => await reload(reply, sources))
}

async function reload (reply: FastifyReply, sources: AdminSources): Promise<FastifyReply> {
  try {
    await sources.reload()
    return await reply.code(200).send({ status: 'reloaded' })
  } catch (thrown) {
    return await reply.code(409).send({ status: 'unchanged', error: thrown instanceof Error ? thrown.message : 'refused' })
  }
}
