/** Distinguished names as text (RFC 4514): the most specific part first. */
import { AsnConvert } from '@peculiar/asn1-schema'
import type { Name } from '@peculiar/asn1-x509'

/** Short names of the attribute types that RFC 4514 section 3 lists, and of two that certificates often carry. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '2.5.4.5': 'serialNumber',
  '1.2.840.113549.1.9.1': 'emailAddress'
}

/** `CN=batch-7,OU=Research,O=Acme`. */
export function nameText (name: Name): string {
  return [...name].reverse().map(parts => [...parts].map(({ type, value }) => {
    return `${shortNames[type] ?? type}=${escaped(value.toString())}`
  }).join('+')).join(',')
}

/** The DER of a name: what two certificates, or a list and a certificate, are compared by. */
export function nameBytes (name: Name): string {
  return Buffer.from(AsnConvert.serialize(name)).toString('hex')
}

function escaped (text: string): string {
  return text.replace(/[\\"+,;<>=]/g, '\\$&').replace(/^[ #]/, '\\$&').replace(/ $/, '\\ ')
}
