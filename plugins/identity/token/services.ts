/** What a plugin that takes tokens needs beside their issuers: what was revoked, how proofs are judged, what time it is. */
import type { Reference } from '../../../core/config/reference.ts'
import type { PhaseHosts } from '../../../core/pipeline/plugin.ts'
import { openCertificateRules, type CertificateEntry } from '../certificate/party.ts'
import { openNonces } from '../proof/nonces.ts'
import type { ProvingServices } from '../proof/prove.ts'
import { openRevocations, type Revocations } from './revocations.ts'

export interface TokenServices extends ProvingServices { readonly revocations: Revocations }

/** As a configuration has them. */
export interface TokenOptions {
  readonly revoked?: string
  readonly certificates?: CertificateEntry
  readonly nonce_key?: Reference
}

/** @param forget hears when something was revoked: what was verified before no longer counts */
export async function openTokenServices ({ revoked, certificates = {}, nonce_key: nonceKey }: TokenOptions, { closing, folder, log, replay, nonceKey: ownKey }: PhaseHosts['identity'], forget: () => void): Promise<TokenServices> {
  const watching = { closing, failed: (error: unknown) => { log.warn({ error }, 'a file of revocations cannot be used') } }
  return {
    revocations: await openRevocations(revoked, folder, { ...watching, changed: forget }),
    certificates: await openCertificateRules(certificates, folder, watching),
    replay,
    nonces: openNonces(nonceKey, folder, ownKey),
    nowMs: () => Date.now()
  }
}
