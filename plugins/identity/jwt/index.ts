/** `identity.jwt`: who asks, proven by a signed token of an issuer that is trusted here (RFC 7519, RFC 8725, RFC 9068). */
import { definePlugin, halt, proceed, type Credential, type Host, type PluginFault } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { bearerToken, tokenOf } from './bearer.ts'
import { VerifiedTokens } from './cache.ts'
import { configSchema, decodeConfig, type IdentityJwtConfig, type Issuer } from './config.ts'
import { ensureDevelopmentKey } from './development.ts'
import { IssuerKeys } from './keys.ts'
import { keySource } from './source.ts'
import { peekIssuer } from './token.ts'
import { verifyToken, type TrustedIssuer, type Verification } from './verify.ts'

export default definePlugin({
  name: 'identity.jwt',
  version: '1.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  check: (config: IdentityJwtConfig, host) => faultsOf(() => decodeConfig(config, host.folder, host.data)),
  async setup (config: IdentityJwtConfig, host) {
    const issuers = decodeConfig(config, host.folder, host.data)
    for (const { keys } of issuers) if (keys.kind === 'development') await ensureDevelopmentKey(keys.data, keys.issuer)
    const trusted = new Map(issuers.map(issuer => [issuer.issuer, trust(issuer, host)]))
    const verification: Verification = { trusted, verified: new VerifiedTokens(), nowMs: () => Date.now() }
    return {
      applies: credential => isFromOneOf(credential, trusted),
      run: async ({ credential }, signal) => {
        try {
          return proceed({ principal: await abandonable(verifyToken(bearerToken(credential), verification), signal) })
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
        }
      }
    }
  }
})

/** What makes no sense together is told by `check` already, not only by a start. */
function faultsOf (decode: () => unknown): PluginFault[] {
  try {
    decode()
    return []
  } catch (thrown) {
    return [{ message: thrown instanceof Error ? thrown.message : 'it cannot be decoded', fix: 'see docs/configuration.md, identity.jwt' }]
  }
}

function trust (issuer: Issuer, { log, closing }: Host): TrustedIssuer {
  const failed = (error: unknown): void => { log.warn({ issuer: issuer.issuer, error }, 'the keys of an issuer cannot be had') }
  return { issuer, keys: new IssuerKeys(keySource(issuer.keys, closing), () => performance.now(), failed) }
}

/** In a choice of identity stages: any bearer token that says it is from one of this stage's issuers. */
function isFromOneOf ({ authorization }: Credential, trusted: ReadonlyMap<string, TrustedIssuer>): boolean {
  return authorization.some(header => {
    const token = tokenOf(header)
    const issuer = token === null ? null : peekIssuer(token)
    return issuer !== null && trusted.has(issuer)
  })
}

/** A caller who leaves does not wait for an issuer; the fetch goes on for others. */
async function abandonable<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const abandon = (): void => { reject(new Error('abandoned', { cause: signal.reason })) }
    signal.addEventListener('abort', abandon, { once: true })
    work.then(resolve, reject).finally(() => { signal.removeEventListener('abort', abandon) })
  })
}
