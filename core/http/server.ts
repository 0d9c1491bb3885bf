/** The callers' listener: one Fastify instance, one catch-all route through @fastify/http-proxy, and the exchange in front. */
import { constants } from 'node:crypto'
import httpProxy from '@fastify/http-proxy'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { ListenConfig } from '../config/types.ts'
import { handle } from '../exchange/handle.ts'
import type { ExchangeServices } from '../exchange/exchange.ts'
import { errorTable, type GatewayErrorCode } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { isResourcePath, resourceDocument } from './resource.ts'
import { matchRoute, targetOf } from './routes.ts'
import { listenOnSocket, removeSocket } from './socket.ts'
import { sealedDispatcher } from './transport.ts'

export interface CallerServer {
  /** `http://127.0.0.1:8080`, or the path of a Unix socket. */
  readonly address: string
  /** Requests under way. */
  active (): number
  /** Refuses new requests, lets those under way end. */
  close (): Promise<void>
}

const headersTimeoutMs = 30_000
const bodyTimeoutMs = 120_000
const keepAliveMs = 75_000
const maxHeaderBytes = 32 * 1024
/** A caller's certificate comes by one whole handshake: a session that is resumed has lost the chain behind it, one that is renegotiated could change it. */
const oneHandshake = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION

export async function listenForCallers (listen: ListenConfig, current: () => Runtime, services: ExchangeServices): Promise<CallerServer> {
  const app = createApp(listen)
  await app.register(async scope => {
    scope.addHook('onRequest', async (request, reply) => {
      await route(current(), services, request, reply)
      return reply
    })
    await scope.register(httpProxy, {
      upstream: '',
      routes: ['/'],
      undici: sealedDispatcher,
      disableRequestLogging: true,
      replyOptions: { getUpstream: () => '' }
    })
  })
  const address = listen.unix === null ? await app.listen({ host: listen.host ?? '127.0.0.1', port: listen.port ?? 0 }) : await listenOnSocket(app, listen.unix, listen.trustedPeers.users[0] ?? null)
  return {
    address,
    active: () => services.underWay.size,
    close: async () => {
      const closed = app.close()
      await services.underWay.ended()
      await closed
      if (listen.unix !== null) removeSocket(listen.unix)
    }
  }
}

/** Every URL is routed to the one route: what find-my-way would decode or refuse, our own table and protocols judge. */
function createApp (listen: ListenConfig): FastifyInstance {
  const options = {
    logger: false as const,
    rewriteUrl: () => '/',
    requestTimeout: bodyTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: 'idle' as const,
    return503OnClosing: true,
    exposeHeadRoutes: false
  }
  const http = { headersTimeout: headersTimeoutMs, maxHeaderSize: maxHeaderBytes }
  if (listen.tls === null) return fastify({ ...options, http })
  const { certificate, key, clientAuthorities, clientCertificate } = listen.tls
  return fastify({
    ...options,
    https: {
      ...http,
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      ...(clientAuthorities === null ? {} : { ca: clientAuthorities }),
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'required',
      ...(clientCertificate === 'none' ? {} : { secureOptions: oneHandshake })
    }
  }) as unknown as FastifyInstance
}

async function route (runtime: Runtime, services: ExchangeServices, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const target = targetOf(request.originalUrl)
  if (isResourcePath(target.path, runtime.configuration.publicUrl)) {
    answerResource(runtime, services, request, reply)
    return
  }
  const match = matchRoute(runtime.routes, request.method, target.path)
  if (match.kind === 'route') {
    await handle(runtime, match.route, services, request, reply, target)
  } else if (match.kind === 'wrong_method') {
    refuse(services, reply.header('allow', match.allow.join(', ')), 'GW_REQUEST_METHOD')
  } else {
    refuse(services, reply, 'GW_REQUEST_NOT_FOUND')
  }
}

/** What anybody may know before they have a token: answered without a record (CONTRACT 3). */
function answerResource (runtime: Runtime, services: ExchangeServices, request: FastifyRequest, reply: FastifyReply): void {
  if (!['GET', 'HEAD'].includes(request.method)) {
    refuse(services, reply.header('allow', 'GET, HEAD'), 'GW_REQUEST_METHOD')
    return
  }
  services.metrics.unrouted(200)
  reply.code(200).type('application/json').header('cache-control', 'max-age=300').send(JSON.stringify(resourceDocument(runtime)))
}

/** No route: answered, counted, not on record (CONTRACT 3). */
function refuse (services: ExchangeServices, reply: FastifyReply, code: GatewayErrorCode): void {
  const { status, message } = errorTable[code]
  services.metrics.unrouted(status)
  reply.code(status).type('application/json').send(JSON.stringify({ error: { message, type: 'invalid_request_error', code, param: null } }))
}
