/** A credential as somebody pastes it: a token alone, header lines, certificates, or all of them. */
import { X509Certificate } from 'node:crypto'
import { credentialOf } from '../../http/credential.ts'
import { readPresented } from '../../http/presented.ts'
import type { Credential } from '../../pipeline/facts.ts'
import { UsageError } from '../command.ts'

/** `url`: what is called, with its query. */
export interface Request { readonly method: string, readonly url: URL, readonly publicUrl: string | null, readonly role: string | null }

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const headerLine = /^([A-Za-z0-9-]+):[ \t]*(.*)$/

/** What a request with this in its headers and its connection would present. Throws UsageError for what is neither. */
export function readPasted (text: string, { method, url, publicUrl, role }: Request): Credential {
  const certificates = [...text.matchAll(pem)].map(([block]) => certificateOf(block))
  const lines = text.replaceAll(pem, '').split('\n').map(line => line.trim()).filter(line => line !== '')
  const presented = readPresented(lines.flatMap(headerOf), null)
  const request = { method, headers: role === null ? {} : { 'sallyport-role': role } }
  return credentialOf(request, presented, { path: url.pathname, query: url.search.slice(1) }, publicUrl, { certificates, refused: false, trusted: false })
}

function headerOf (line: string): readonly [name: string, value: string] {
  const [, name, value] = headerLine.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  if (/\s/.test(line)) throw new UsageError('standard input holds a line that is neither a header nor a token')
  return ['authorization', `Bearer ${line}`]
}

function certificateOf (block: string): Uint8Array {
  try {
    return new X509Certificate(block).raw
  } catch {
    throw new UsageError('standard input holds a certificate that cannot be read')
  }
}
