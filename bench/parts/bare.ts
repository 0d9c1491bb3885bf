/** A bare @fastify/http-proxy before the endpoint: no identity, no policy, no record. */
import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'

const upstream = process.argv[2] ?? ''
const app = fastify({ logger: false })
await app.register(httpProxy, { upstream, disableRequestLogging: true })
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('SIGTERM', () => process.exit(0))
