/** Whom a certificate names, and whether it may be taken at all: the same for its own plugin and for tokens beside it. */
import type { Party } from '../../../core/pipeline/plugin.ts'
import { resolve } from 'node:path'
import { invalid, refusal } from '../claims/refusal.ts'
import { isFitText } from '../claims/texts.ts'
import { WatchedFile, type WatchedOptions } from '../file/watched.ts'
import { readCertificate, type CertificateFacts } from './read.ts'
import { readRevoked, refuseRevoked, type RevokedCertificates } from './revoked.ts'
import { isSpiffe, readSpiffeId, type SpiffeId } from './spiffe.ts'

export const nameKinds = ['uri', 'dns', 'email', 'subject'] as const
export type NameKind = typeof nameKinds[number]

export interface CertificateEntry {
  readonly subject?: readonly NameKind[]
  readonly trust_domains?: readonly string[]
  readonly revoked?: string
}

/** For the JSON Schema of a field that lists trust domains. */
export const trustDomainsField = { type: 'array', items: { type: 'string', pattern: '^[a-z0-9._-]{1,255}$' }, minItems: 1, uniqueItems: true } as const

/** Fields of a JSON Schema. */
export const certificateFields = {
  subject: {
    type: 'array',
    items: { enum: nameKinds },
    minItems: 1,
    uniqueItems: true,
    default: nameKinds,
    description: 'Which of its names is the subject: the first kind that it has. `uri`, `dns` and `email` are subject alternative names, `subject` is the distinguished name.'
  },
  trust_domains: { ...trustDomainsField, description: 'SPIFFE trust domains that are taken, and no other URI; left out: all that the authorities vouch for. Certificates that name no URI are not held to it.' },
  revoked: { type: 'string', minLength: 1, description: 'File with CRLs (PEM or DER), or with SHA-256 fingerprints, one a line. Looked at every second; while it cannot be used, or a list in it has run out, nobody is let in.' }
} as const

export interface CertificateRules {
  /** The certificate that may be taken, leaf of its chain. Throws GatewayError. */
  accept (chain: readonly Uint8Array[], nowMs: number): CertificateFacts
  /** Whom it names: issuer and subject. `fits` chooses among several names of one kind. Throws GatewayError. */
  party (facts: CertificateFacts, fits?: (name: string) => boolean): Party
}

/** @param folder where relative paths start */
export async function openCertificateRules (entry: CertificateEntry, folder: string, options: WatchedOptions): Promise<CertificateRules> {
  const revoked = entry.revoked === undefined ? null : await WatchedFile.open(resolve(folder, entry.revoked), readRevoked, options)
  const kinds = entry.subject ?? nameKinds
  return {
    accept: (chain, nowMs) => accept(chain, revoked?.current ?? null, nowMs),
    party: (facts, fits = () => true) => partyOf(facts, kinds, entry.trust_domains ?? null, fits)
  }
}

/** The chain was verified by the listener when the connection was made; connections live on, so the times are looked at again. */
function accept (chain: readonly Uint8Array[], revoked: RevokedCertificates | null, nowMs: number): CertificateFacts {
  const [leaf, ...above] = chain.map(readCertificate)
  if (leaf === undefined) throw refusal('GW_IDENTITY_MISSING', 'there is no certificate')
  if (leaf.isAuthority) throw invalid('the certificate is that of an authority')
  if (!leaf.isForClients) throw invalid('the certificate is not for clients (extended key usage)')
  for (const { notBeforeMs, notAfterMs } of [leaf, ...above]) {
    if (nowMs < notBeforeMs) throw invalid('the certificate, or one that it rests on, is not yet valid')
    if (nowMs >= notAfterMs) throw refusal('GW_IDENTITY_EXPIRED', 'the certificate, or one that it rests on, has expired')
  }
  if (revoked !== null) refuseRevoked([leaf, ...above], revoked, nowMs)
  return leaf
}

function partyOf (facts: CertificateFacts, kinds: readonly NameKind[], trustDomains: readonly string[] | null, fits: (name: string) => boolean): Party {
  const spiffe = spiffeOf(facts)
  const isForeign = trustDomains !== null && facts.names.uri.length > 0 && (spiffe === null || !trustDomains.includes(spiffe.trustDomain))
  if (isForeign) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'the URI in the certificate is of none of the trust_domains')
  const id = nameOf(facts, kinds, fits)
  if (!isFitText(facts.issuer)) throw invalid('the name of the issuing authority is too long or holds control characters')
  return { issuer: spiffe?.text === id ? `spiffe://${spiffe.trustDomain}` : facts.issuer, id }
}

/** A certificate with a SPIFFE ID has no other URI (X.509-SVID section 2): its trust domain counts whatever name is taken. */
function spiffeOf ({ names }: CertificateFacts): SpiffeId | null {
  const [first, second] = names.uri
  if (first === undefined || !names.uri.some(isSpiffe)) return null
  if (second !== undefined) throw invalid('a certificate with a SPIFFE ID has another URI beside it')
  return readSpiffeId(first)
}

/** The one name of the first kind that there is; among several, the one that fits. */
function nameOf (facts: CertificateFacts, kinds: readonly NameKind[], fits: (name: string) => boolean): string {
  const kind = kinds.find(one => namesOf(facts, one).length > 0)
  if (kind === undefined) throw invalid('the certificate has no name of the kinds that are taken')
  const names = namesOf(facts, kind)
  const [only, second] = names.length === 1 ? names : names.filter(fits)
  if (only === undefined || second !== undefined) throw invalid('the certificate has several names, and not one of them alone fits')
  if (!isFitText(only)) throw invalid('the name in the certificate is too long or holds control characters')
  return only
}

function namesOf ({ names, subject }: CertificateFacts, kind: NameKind): readonly string[] {
  if (kind === 'subject') return subject === '' ? [] : [subject]
  return names[kind]
}
