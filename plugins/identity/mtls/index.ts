/** `identity.mtls`: who asks, proven by the client certificate of the connection (RFC 8446, RFC 5280, SPIFFE X.509-SVID). */
import { toGatewayError } from '../../../core/errors.ts'
import { definePlugin, halt, proceed, type Credential, type Principal, type StageResult } from '../../../core/pipeline/plugin.ts'
import { matchesGlob } from '../certificate/glob.ts'
import { openCertificateRules, type CertificateRules } from '../certificate/party.ts'
import type { CertificateFacts } from '../certificate/read.ts'
import { decodeFence, fencedRoles, fencedTenant, type Fence } from '../claims/fence.ts'
import { refusal } from '../claims/refusal.ts'
import { hasWorkloadTokens, refuseAlways } from '../token/presented.ts'
import { silent, traceTo, type Trace } from '../token/trace.ts'
import { configSchema, sourcesOf, type IdentityMtlsConfig, type MapEntry } from './config.ts'

export default definePlugin({
  name: 'identity.mtls',
  version: '1.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  sources: sourcesOf,
  async setup (config: IdentityMtlsConfig, host) {
    const answers = new WeakMap<CertificateFacts, StageResult<'principal'>>()
    const failed = (error: unknown): void => { host.log.warn({ error }, 'the list of revoked certificates cannot be used') }
    const rules = await openCertificateRules(config, host.folder, { failed, closing: host.closing })
    const fence = decodeFence(config)
    const accept = (credential: Credential): CertificateFacts => rules.accept(credential.certificates, Date.now())
    const judge = (credential: Credential, trace: Trace): CertificateFacts => {
      trace('presented', 'one certificate, and nothing beside it')
      refuseAlways(credential)
      refuseBeside(credential)
      trace('certificate', 'for clients, within its time, not revoked')
      return accept(credential)
    }
    const principalOf = (facts: CertificateFacts, trace: Trace): Principal => {
      trace('name', 'one name of the first kind that it has, of a trust domain that is taken, matched by the map')
      return makePrincipal(facts, config.map ?? null, rules, fence)
    }
    return {
      kind: 'certificate',
      applies: ({ certificates, certificateRefused }) => certificates.length > 0 || certificateRefused,
      vouch: credential => {
        refuseAlways(credential)
        accept(credential)
      },
      run: ({ credential }) => {
        try {
          const facts = judge(credential, silent)
          const answer = answers.get(facts) ?? Object.freeze(proceed({ principal: principalOf(facts, silent) }))
          answers.set(facts, answer)
          return answer
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
        }
      },
      explain: async (credential, tell) => {
        const trace = traceTo(tell)
        return principalOf(judge(credential, trace), trace)
      }
    }
  }
})

function refuseBeside (credential: Credential): void {
  const { authorization, apiKeys, proofs, certificates } = credential
  const others = authorization.length + apiKeys.length + proofs.length + (hasWorkloadTokens(credential) ? 1 : 0)
  if (certificates.length > 0 && others > 0) throw refusal('GW_IDENTITY_CONFLICT', 'another credential stands beside the certificate')
  if (others > 0) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'a credential was presented that is no certificate')
}

/** The chain was verified and the certificate accepted. */
function makePrincipal (facts: CertificateFacts, map: readonly MapEntry[] | null, rules: CertificateRules, fence: Fence): Principal {
  const matching = (name: string): MapEntry | undefined => map?.find(({ match }) => matchesGlob(match, name))
  const { issuer, id } = rules.party(facts, name => map === null || matching(name) !== undefined)
  const entry = matching(id)
  if (map !== null && entry === undefined) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'no entry of map matches the subject')
  return Object.freeze({
    type: entry?.type ?? 'service',
    issuer,
    subject: id,
    tenant: fencedTenant(entry?.tenant ?? null, fence),
    roles: Object.freeze([...fencedRoles(entry?.roles ?? [], fence)].sort()),
    role: null,
    groups: Object.freeze([...entry?.groups ?? []].sort()),
    method: 'mtls',
    assurance: null,
    expiresMs: facts.notAfterMs,
    actors: Object.freeze([]),
    confirmation: `x5t#S256:${facts.thumbprint}`,
    rolesAllowed: fence.rolesAllowed
  })
}
