/** A credential as somebody pastes it: a token alone, header lines, certificates, or all of them. */
import { X509Certificate } from 'node:crypto'
import type { Credential } from '../../pipeline/facts.ts'
import { UsageError } from '../command.ts'

export interface Request { readonly method: string, readonly url: URL, readonly publicUrl: string | null, readonly role: string | null }

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const headerLine = /^([A-Za-z0-9-]+):[ \t]*(.*)$/

/** Throws UsageError for what is neither. */
export function readPresented (text: string, { method, url, publicUrl, role }: Request): Credential {
  const certificates = [...text.matchAll(pem)].map(([block]) => certificateOf(block))
  const lines = text.replaceAll(pem, '').split('\n').map(line => line.trim()).filter(line => line !== '')
  const headers = lines.map(headerOf)
  const values = (...names: readonly string[]): string[] => names.flatMap(name => headers.filter(header => header.name === name).map(({ value }) => value))
  return Object.freeze({
    authorization: values('authorization'),
    apiKeys: values('x-api-key', 'api-key'),
    proofs: values('dpop'),
    workload: { transaction: values('txn-token'), identity: values('workload-identity-token'), proof: values('workload-proof-token') },
    certificates,
    certificateRefused: false,
    tokenInQuery: false,
    method,
    path: url.pathname,
    url: publicUrl === null ? null : publicUrl.replace(/\/$/, '') + url.pathname,
    role
  })
}

interface Header { readonly name: string, readonly value: string }

function headerOf (line: string): Header {
  const [, name, value] = headerLine.exec(line) ?? []
  if (name !== undefined && value !== undefined) return { name: name.toLowerCase(), value }
  if (/\s/.test(line)) throw new UsageError('standard input holds a line that is neither a header nor a token')
  return { name: 'authorization', value: `Bearer ${line}` }
}

function certificateOf (block: string): Uint8Array {
  try {
    return new X509Certificate(block).raw
  } catch {
    throw new UsageError('standard input holds a certificate that cannot be read')
  }
}
