/** Reads an X.509 certificate (RFC 5280): what it says, nothing of which is believed until its chain was verified. */
import { createHash } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { BasicConstraints, Certificate, ExtendedKeyUsage, SubjectAlternativeName, id_ce_basicConstraints as basicConstraintsId, id_ce_extKeyUsage as extendedKeyUsageId, id_ce_subjectAltName as alternativeNameId, id_kp_clientAuth as clientAuthId, type Extension } from '@peculiar/asn1-x509'
import { invalid } from '../claims/refusal.ts'
import { nameBytes, nameText } from './name.ts'

const anyExtendedKeyUsage = '2.5.29.37.0'

export interface CertificateFacts {
  /** SHA-256 over the DER: base64url as in `cnf` (RFC 8705 section 3.1), and hex as lists have it. */
  readonly thumbprint: string
  readonly fingerprint: string
  /** Hex, without leading zeros. */
  readonly serial: string
  /** Of the issuing authority: as text, and as the bytes that lists are compared by. */
  readonly issuer: string
  readonly issuerBytes: string
  /** Empty where the subject is. */
  readonly subject: string
  readonly names: { readonly uri: readonly string[], readonly dns: readonly string[], readonly email: readonly string[] }
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly isAuthority: boolean
  /** True where it may authenticate a client: its extended key usage names that, or it has none. */
  readonly isForClients: boolean
}

const known = new WeakMap<Uint8Array, CertificateFacts>()

/** Throws GW_IDENTITY_INVALID for what is no certificate. The same bytes are read once. */
export function readCertificate (der: Uint8Array): CertificateFacts {
  const before = known.get(der)
  if (before !== undefined) return before
  const facts = factsOf(der)
  known.set(der, facts)
  return facts
}

function factsOf (der: Uint8Array): CertificateFacts {
  try {
    const { tbsCertificate } = AsnConvert.parse(der, Certificate)
    const { extensions, serialNumber, issuer, subject, validity } = tbsCertificate
    const usages = extensionOf(extensions, extendedKeyUsageId, ExtendedKeyUsage)
    const digest = createHash('sha256').update(der).digest()
    return Object.freeze({
      thumbprint: digest.toString('base64url'),
      fingerprint: digest.toString('hex'),
      serial: serialText(serialNumber),
      issuer: nameText(issuer),
      issuerBytes: nameBytes(issuer),
      subject: nameText(subject),
      names: namesOf(extensionOf(extensions, alternativeNameId, SubjectAlternativeName)),
      notBeforeMs: validity.notBefore.getTime().getTime(),
      notAfterMs: validity.notAfter.getTime().getTime(),
      isAuthority: extensionOf(extensions, basicConstraintsId, BasicConstraints)?.cA === true,
      isForClients: usages === null || usages.includes(clientAuthId) || usages.includes(anyExtendedKeyUsage)
    })
  } catch {
    throw invalid('the certificate cannot be read')
  }
}

/** As lists of revoked certificates have it too. */
export function serialText (serial: ArrayBuffer): string {
  return Buffer.from(serial).toString('hex').replace(/^0+(?=.)/, '')
}

function extensionOf<T> (extensions: Iterable<Extension> | undefined, id: string, as: new () => T): T | null {
  for (const { extnID, extnValue } of extensions ?? []) {
    if (extnID === id) return AsnConvert.parse(extnValue.buffer, as)
  }
  return null
}

function namesOf (names: SubjectAlternativeName | null): CertificateFacts['names'] {
  const all = [...names ?? []]
  return {
    uri: all.flatMap(({ uniformResourceIdentifier: uri }) => uri ?? []),
    dns: all.flatMap(({ dNSName: dns }) => dns ?? []),
    email: all.flatMap(({ rfc822Name: email }) => email ?? [])
  }
}
