/** `identity.api_key`: who asks, proven by a key that this gateway issued, for callers that can do no better. */
import { resolve } from 'node:path'
import { readReference } from '../../../core/config/reference.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { definePlugin, halt, proceed, type Credential, type Principal } from '../../../core/pipeline/plugin.ts'
import { decodeFence, fencedRoles, fencedTenant, type Fence } from '../claims/fence.ts'
import { invalid, refusal } from '../claims/refusal.ts'
import { WatchedFile } from '../file/watched.ts'
import { hasWorkloadTokens, refuseAlways, tokenOf } from '../token/presented.ts'
import { silent, traceTo, type Trace } from '../token/trace.ts'
import { configSchema, defaultIssuer, sourcesOf, type IdentityApiKeyConfig } from './config.ts'
import { readKeys, timeOf, type KeyEntry } from './file.ts'
import { isKeyOf, keyPrefix, readKey } from './key.ts'

/** For a key whose id nobody has: it takes as long as another. */
const nobodysHash = `hmac-sha256:${'A'.repeat(22)}:${'A'.repeat(43)}`

export default definePlugin({
  name: 'identity.api_key',
  version: '1.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  sources: sourcesOf,
  async setup (config: IdentityApiKeyConfig, host) {
    const pepper = config.pepper === undefined ? null : readReference(config.pepper, host.folder)
    const fence = decodeFence(config)
    const issuer = config.issuer ?? defaultIssuer
    let principals = new WeakMap<KeyEntry, Principal>()
    const file = await WatchedFile.open(resolve(host.folder, config.keys), readKeys, {
      closing: host.closing,
      failed: error => { host.log.warn({ error }, 'the file of API keys cannot be used') },
      changed: () => { principals = new WeakMap() }
    })
    const judge = (credential: Credential, trace: Trace): Principal => {
      trace('presented', 'one key, in x-api-key, api-key or under Bearer, and nothing beside it')
      const text = presentedKey(credential)
      trace('key', 'issued here, and its digest is the one on file')
      const entry = findEntry(text, file.current, pepper)
      trace('state', 'neither revoked nor expired')
      refuseEnded(entry, Date.now())
      trace('principal', 'of a tenant that is allowed to this source')
      const principal = principals.get(entry) ?? makePrincipal(entry, issuer, fence)
      principals.set(entry, principal)
      return principal
    }
    return {
      kind: 'api_key',
      applies: ({ apiKeys, authorization }) => apiKeys.length > 0 || authorization.some(header => tokenOf(header)?.text.startsWith(keyPrefix) === true),
      run: ({ credential }) => {
        try {
          return proceed({ principal: judge(credential, silent) })
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
        }
      },
      explain: async (credential, tell) => judge(credential, traceTo(tell))
    }
  }
})

function presentedKey (credential: Credential): string {
  refuseAlways(credential)
  const { apiKeys, authorization, certificates, proofs } = credential
  const [key, second] = [...apiKeys, ...authorization]
  if (key === undefined) throw certificates.length > 0 ? invalid('a certificate was presented where an API key is taken') : refusal('GW_IDENTITY_MISSING', 'there is no API key')
  if (second !== undefined || certificates.length + proofs.length > 0 || hasWorkloadTokens(credential)) throw refusal('GW_IDENTITY_CONFLICT', 'another credential stands beside the API key')
  if (authorization.length === 0) return key
  const token = tokenOf(key)
  if (token?.scheme !== 'bearer') throw invalid('the Authorization header holds no single key under Bearer')
  return token.text
}

function findEntry (text: string, entries: ReadonlyMap<string, KeyEntry>, pepper: string | null): KeyEntry {
  const key = readKey(text)
  if (key === null) throw invalid('it is not in the form of the keys that are issued here')
  const entry = entries.get(key.id)
  const isGenuine = isKeyOf(key.text, entry?.hash ?? nobodysHash, pepper)
  if (entry === undefined || !isGenuine) throw invalid('no such key is on file')
  return entry
}

function refuseEnded ({ expires, revoked }: KeyEntry, nowMs: number): void {
  const revokedMs = timeOf(revoked)
  const expiresMs = timeOf(expires)
  if (revokedMs !== null && nowMs >= revokedMs) throw refusal('GW_IDENTITY_REVOKED', 'the key is revoked')
  if (expiresMs !== null && nowMs >= expiresMs) throw refusal('GW_IDENTITY_EXPIRED', 'the key has expired')
}

function makePrincipal (entry: KeyEntry, issuer: string, fence: Fence): Principal {
  return Object.freeze({
    type: entry.type,
    issuer,
    subject: entry.subject,
    tenant: fencedTenant(entry.tenant, fence),
    roles: Object.freeze([...fencedRoles(entry.roles, fence)].sort()),
    role: null,
    groups: Object.freeze([...entry.groups].sort()),
    method: 'api_key',
    assurance: null,
    expiresMs: timeOf(entry.expires),
    actors: Object.freeze([]),
    confirmation: null,
    rolesAllowed: fence.rolesAllowed
  })
}
