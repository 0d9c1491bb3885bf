/** `identity.introspection`: who asks, proven by a token that its issuer is asked about (RFC 7662). */
import { readFile } from 'node:fs/promises'
import { definePlugin } from '../../../core/pipeline/plugin.ts'
import { readClaims } from '../claims/principal.ts'
import { refusal } from '../claims/refusal.ts'
import { IssuerClient } from '../issuer/client.ts'
import { faultsOf } from '../issuer/faults.ts'
import { proofAlgorithms } from '../proof/signature.ts'
import { tokenOf } from '../token/presented.ts'
import { openTokenServices } from '../token/services.ts'
import { tokenStage } from '../token/stage.ts'
import { Introspector } from './ask.ts'
import { openClient } from './client.ts'
import { configSchema, decodeConfig, sourcesOf, type IdentityIntrospectionConfig } from './config.ts'

/** Connections to an endpoint at most. */
const connections = 16

export default definePlugin({
  name: 'identity.introspection',
  version: '1.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  check: (config: IdentityIntrospectionConfig, host) => faultsOf('identity.introspection', () => decodeConfig(config, host)),
  sources: sourcesOf,
  async setup (config: IdentityIntrospectionConfig, host) {
    const { rules, endpoint, client: entry, cacheMs, authorities } = decodeConfig(config, host)
    const { closing, log, folder } = host
    const services = await openTokenServices(config, host, () => { stage.forget() })
    const { nowMs, revocations } = services
    const client = openClient(entry, rules.issuer, folder)
    const connection = new IssuerClient({ allowInside: true, authorities: authorities === null ? null : await readFile(authorities, 'utf8'), identity: client.identity, connections })
    const introspector = new Introspector({ endpoint, client, connection, closing, nowMs, failed: error => { log.warn({ error }, 'a token could not be introspected') } })
    const stage = tokenStage({
      read: async (text, trace) => {
        trace('introspection', 'the issuer says that the token is active')
        const claims = await introspector.ask(text)
        trace('issuer', 'iss, where the answer has it, is the one configured')
        if (claims['iss'] !== undefined && claims['iss'] !== rules.issuer) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'iss is another issuer')
        const verified = readClaims(claims, rules, nowMs(), trace)
        trace('revocation', 'neither the token nor its subject is revoked')
        revocations.check(verified)
        return { verified, untilMs: Math.min(verified.untilMs, nowMs() + cacheMs), isCurrent: () => true }
      }
    }, services)
    return {
      kind: 'any_token',
      tokens: { issuers: [rules.issuer], proofAlgorithms: rules.dpop === 'off' ? [] : proofAlgorithms, proofRequired: rules.dpop === 'required' },
      applies: ({ authorization }) => authorization.some(header => tokenOf(header) !== null),
      run: stage.run,
      explain: stage.explain,
      close: () => { connection.close() }
    }
  }
})
