/** An OpenID provider nobody here wrote (npm oidc-provider), over TLS: it issues, binds, introspects and rotates. */
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { request, Agent } from 'undici'
import { createAuthority, type Authority, type Certificate } from './certificates.ts'
import { temporaryFolder, type Teardown } from './folder.ts'

export interface TokenRequest {
  /** Default: a token of RFC 9068. */
  readonly format?: 'jwt' | 'opaque'
  readonly proof?: string
  readonly certificate?: Certificate
}

export interface OpenIdProvider {
  readonly issuer: string
  readonly authority: Authority
  readonly tokenEndpoint: string
  readonly introspectionEndpoint: string
  /** A token by the grant client_credentials, for `client_id` app. */
  token (request?: TokenRequest): Promise<string>
  revoke (token: string): Promise<void>
  /** Signs with new keys from now on; the old ones are gone. */
  rotate (): Promise<void>
  close (): Promise<void>
}

const clients: NonNullable<Configuration['clients']> = [
  { client_id: 'app', client_secret: 'app-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
  { client_id: 'bound', client_secret: 'bound-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [], tls_client_certificate_bound_access_tokens: true },
  { client_id: 'gateway', client_secret: 'gateway-secret', grant_types: [], redirect_uris: [], response_types: [] }
]

async function newKey (): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...await exportJWK(privateKey), alg: 'ES256', use: 'sig' }
}

export async function startProvider (t: Teardown): Promise<OpenIdProvider> {
  const authority = createAuthority(join(temporaryFolder(t), 'provider'))
  const { certificate, key } = authority.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'] })
  let handle: ReturnType<Provider['callback']> | null = null
  const server = createServer({ cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false }, (incoming, response) => { handle?.(incoming, response)?.catch(() => {}) })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  let provider = await providerOf(issuer)
  handle = provider.callback()
  const close = async (): Promise<void> => { await closeServer(server) }
  t.teardown(close)
  const post = async (path: string, form: Readonly<Record<string, string>>, { proof, certificate: own }: TokenRequest = {}): Promise<Record<string, unknown>> => {
    const client = own === undefined ? 'app' : 'bound'
    const dispatcher = new Agent({ connect: { ca: authority.certificate, ...(own === undefined ? {} : { cert: own.certificate, key: own.key }) } })
    const answer = await request(issuer + path, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${client}:${client}-secret`).toString('base64')}`,
        ...(proof === undefined ? {} : { dpop: proof })
      },
      body: new URLSearchParams(form).toString()
    })
    const text = await answer.body.text()
    await dispatcher.close()
    if (answer.statusCode !== 200) throw new Error(`the provider answered ${answer.statusCode}: ${text}`)
    return text === '' ? {} : JSON.parse(text) as Record<string, unknown>
  }
  return {
    issuer,
    authority,
    tokenEndpoint: `${issuer}/token`,
    introspectionEndpoint: `${issuer}/token/introspection`,
    token: async (options = {}) => String((await post('/token', { grant_type: 'client_credentials', scope: 'chat', resource: `urn:sallyport:${options.format ?? 'jwt'}` }, options))['access_token']),
    revoke: async token => { await post('/token/revocation', { token }) },
    rotate: async () => {
      provider = await providerOf(issuer)
      handle = provider.callback()
    },
    close
  }
}

async function providerOf (issuer: string): Promise<Provider> {
  return new Provider(issuer, {
    clients,
    jwks: { keys: [await newKey() as never] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['chat'],
    extraTokenClaims: async () => ({ tenant: 'acme', roles: ['clinician'] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async (_ctx, client) => client.clientId === 'gateway' },
      revocation: { enabled: true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: certificateOf },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_ctx, resource) => ({
          scope: 'chat', audience: 'sallyport', accessTokenFormat: resource.endsWith('opaque') ? 'opaque' : 'jwt', ...(resource.endsWith('opaque') ? {} : { jwt: { sign: { alg: 'ES256' as const } } })
        })
      }
    }
  })
}

function certificateOf (ctx: KoaContextWithOIDC): string | undefined {
  const { socket } = ctx.req
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.toString() : undefined
}

async function closeServer (server: Server): Promise<void> {
  if (!server.listening) return
  server.closeAllConnections()
  await new Promise<void>(resolve => { server.close(() => { resolve() }) })
}
