/** `identity.jwt`: who asks, proven by a signed token of an issuer that is trusted here (RFC 7519, RFC 8725, RFC 9068). */
import { definePlugin } from '../../../core/pipeline/plugin.ts'
import { faultsOf } from '../issuer/faults.ts'
import { signedTokenStage } from '../token/signed.ts'
import { configSchema, decodeConfig, issuerSources, type IdentityJwtConfig } from './config.ts'

export default definePlugin({
  name: 'identity.jwt',
  version: '2.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  check: (config: IdentityJwtConfig, host) => faultsOf('identity.jwt', () => decodeConfig(config, host)),
  sources: ({ issuers }: IdentityJwtConfig) => issuerSources(issuers),
  setup: async (config: IdentityJwtConfig, host) => await signedTokenStage(decodeConfig(config, host), config, host)
})
