/** The stage of every plugin that takes signed tokens: issuers with their keys, revocations, proofs. */
import { readReference } from '../../../core/config/reference.ts'
import type { Credential, IdentityStage, PhaseHosts, Stage } from '../../../core/pipeline/plugin.ts'
import { openCertificateRules, type CertificateEntry } from '../certificate/party.ts'
import type { Issuer } from '../issuer/config.ts'
import { ensureDevelopmentKey } from '../issuer/development.ts'
import { IssuerKeys, type VerifyingKeys } from '../issuer/keys.ts'
import { SharedSecret } from '../issuer/secret.ts'
import { keySource } from '../issuer/source.ts'
import { proofAlgorithms } from '../proof/dpop.ts'
import { Nonces } from '../proof/nonces.ts'
import { tokenOf } from './presented.ts'
import { peekIssuer, readToken } from './read.ts'
import { openRevocations } from './revocations.ts'
import { tokenStage } from './stage.ts'
import { verifyToken, type TrustedIssuer } from './verify.ts'

export interface SignedTokenOptions {
  /** Media types accepted as `typ`, in lower case; '' = none given. */
  readonly types: readonly string[]
  readonly revoked: string | undefined
  readonly certificates: CertificateEntry | undefined
}

type Host = PhaseHosts['identity']

export async function signedTokenStage (issuers: readonly Issuer[], options: SignedTokenOptions, host: Host): Promise<Stage<'credential', 'principal'> & IdentityStage> {
  const trusted = new Map<string, TrustedIssuer>()
  for (const issuer of issuers) trusted.set(issuer.issuer, { issuer, keys: await openKeys(issuer, host) })
  const watching = { closing: host.closing, failed: (error: unknown) => { host.log.warn({ error }, 'a file of revocations cannot be used') } }
  const nowMs = (): number => Date.now()
  const revocations = await openRevocations(options.revoked, host.folder, { ...watching, changed: () => { stage.forget() } })
  const certificates = await openCertificateRules(options.certificates ?? {}, host.folder, watching)
  const stage = tokenStage({
    read: async (text, trace) => {
      trace('form', 'a compact JWS in canonical form, of a type that is taken here')
      return await verifyToken(readToken(text, options.types), { trusted, revocations, nowMs }, trace)
    }
  }, { certificates, replay: host.replay, nonces: new Nonces(), nowMs })
  return { kind: 'token', tokens: termsOf(issuers), applies: credential => stage.knows(credential) || isFromOneOf(credential, trusted), run: stage.run, explain: stage.explain }
}

async function openKeys ({ issuer, keys, algorithms }: Issuer, { log, closing, folder }: Host): Promise<VerifyingKeys> {
  if (keys.kind === 'secret') return new SharedSecret(readReference(keys.reference, folder), algorithms)
  if (keys.kind === 'development') await ensureDevelopmentKey(keys.data, keys.issuer)
  const failed = (error: unknown): void => { log.warn({ issuer, error }, 'the keys of an issuer cannot be had') }
  return new IssuerKeys(keySource(keys, closing), () => performance.now(), failed)
}

/** What callers are told before they have a token. */
function termsOf (issuers: readonly Issuer[]): NonNullable<IdentityStage['tokens']> {
  return {
    issuers: issuers.map(({ issuer }) => issuer),
    proofAlgorithms: issuers.every(({ dpop }) => dpop === 'off') ? [] : proofAlgorithms,
    proofRequired: issuers.every(({ dpop }) => dpop === 'required')
  }
}

/** In a choice of identity stages: any token that says it is from one of this stage's issuers. */
function isFromOneOf ({ authorization }: Credential, trusted: ReadonlyMap<string, TrustedIssuer>): boolean {
  return authorization.some(header => {
    const token = tokenOf(header)
    const issuer = token === null ? null : peekIssuer(token.text)
    return issuer !== null && trusted.has(issuer)
  })
}
