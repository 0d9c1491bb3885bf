/** Which certificates are revoked: a CRL (RFC 5280 section 5), or a list of fingerprints. No responder is ever asked. */
import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList, IssuingDistributionPoint, id_ce_issuingDistributionPoint as distributionPointId, type Extension } from '@peculiar/asn1-x509'
import { GatewayError } from '../../../core/errors.ts'
import { refusal } from '../claims/refusal.ts'
import { nameBytes } from './name.ts'
import { serialText, type CertificateFacts } from './read.ts'

interface RevocationList {
  readonly issuerBytes: string
  readonly serials: ReadonlySet<string>
  /** From then on the list says nothing any more; null = no end. */
  readonly nextUpdateMs: number | null
}

export interface RevokedCertificates { readonly lists: readonly RevocationList[], readonly fingerprints: ReadonlySet<string> }

const pemList = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g

/**
 * Reads CRLs (PEM, several in a row, or one as DER), or lines of SHA-256 fingerprints in hex, with or without colons; `#`
 * begins a comment. Throws Error for anything else.
 */
export function readRevoked (content: Buffer): RevokedCertificates {
  if (isDer(content)) return { lists: [readList(content)], fingerprints: new Set() }
  const text = content.toString('utf8')
  const lists = [...text.matchAll(pemList)].map(([, base64 = '']) => readList(Buffer.from(base64, 'base64')))
  const lines = text.replaceAll(pemList, '').split('\n').map(line => line.replace(/#.*/, '').trim()).filter(line => line !== '')
  return { lists, fingerprints: new Set(lines.map(fingerprintOf)) }
}

/** A SEQUENCE in the long form of its length, which no list is too short for: text may begin with the same byte, the digit 0. */
function isDer (content: Buffer): boolean {
  return content[0] === 0x30 && (content[1] ?? 0) > 0x80
}

/** 64 hex digits of a SHA-256, from one of its usual spellings. Throws Error for anything else. */
export function fingerprintOf (text: string): string {
  const hex = text.replace(/^sha256:/i, '').replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error('a line is no SHA-256 fingerprint')
  return hex
}

function readList (der: Uint8Array): RevocationList {
  const { tbsCertList: { issuer, revokedCertificates, nextUpdate, crlExtensions } } = AsnConvert.parse(der, CertificateList)
  requireWhole(crlExtensions ?? [])
  return {
    issuerBytes: nameBytes(issuer),
    serials: new Set((revokedCertificates ?? []).map(({ userCertificate }) => serialText(userCertificate))),
    nextUpdateMs: nextUpdate?.getTime().getTime() ?? null
  }
}

/**
 * Throws Error for a list that does not say all of its authority's certificates, or speaks of others' too: one with a critical extension
 * that is not understood must not be used (RFC 5280 section 5.2), and that of a delta list is among them.
 */
function requireWhole (extensions: readonly Extension[]): void {
  for (const { extnID, critical, extnValue } of extensions) {
    if (!critical) continue
    if (extnID !== distributionPointId) throw new Error('the list of revoked certificates has a critical extension that is not understood')
    const { indirectCRL, onlySomeReasons } = AsnConvert.parse(extnValue.buffer, IssuingDistributionPoint)
    if (indirectCRL || onlySomeReasons !== undefined) throw new Error('the list of revoked certificates is an indirect one, or names some reasons alone')
  }
}

/** Throws GW_IDENTITY_REVOKED, or GW_IDENTITY_KEYS_UNAVAILABLE where the list of a certificate's issuer has run out. */
export function refuseRevoked (chain: readonly CertificateFacts[], revoked: RevokedCertificates, nowMs: number): void {
  for (const { issuerBytes, serial, fingerprint } of chain) {
    const lists = revoked.lists.filter(list => list.issuerBytes === issuerBytes)
    if (revoked.fingerprints.has(fingerprint) || lists.some(({ serials }) => serials.has(serial))) throw refusal('GW_IDENTITY_REVOKED', 'the certificate, or one that it rests on, is revoked')
    if (lists.some(({ nextUpdateMs }) => nextUpdateMs !== null && nowMs >= nextUpdateMs)) {
      throw new GatewayError('GW_IDENTITY_KEYS_UNAVAILABLE', { detail: 'the list of revoked certificates has run out' })
    }
  }
}
