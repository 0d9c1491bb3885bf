/** The key that a token is bound to: its `cnf` claim (RFC 7800, RFC 8705 section 3.1, RFC 9449 section 6.1). */
import { refusal } from './refusal.ts'
import type { TokenKind } from './rules.ts'

export interface Binding {
  /** SHA-256 thumbprint of a public key (RFC 7638), to be proven by a DPoP proof. */
  readonly key: string | null
  /** SHA-256 of a certificate, base64url, to be proven by the TLS connection. */
  readonly certificate: string | null
  /** The public key itself, as workload identity tokens carry it. */
  readonly jwk: object | null
}

const thumbprint = /^[A-Za-z0-9_-]{43}$/

/**
 * Null without `cnf`, which a workload's token must have. Throws GW_IDENTITY_PROOF_MISSING for a confirmation of a kind that
 * cannot be proven here: it must not pass for none.
 */
export function readBinding (cnf: unknown, kind: TokenKind): Binding | null {
  const isWorkload = kind === 'workload'
  if (cnf === undefined && !isWorkload) return null
  const members = typeof cnf === 'object' && cnf !== null && !Array.isArray(cnf) ? Object.entries(cnf) : []
  const binding: { -readonly [K in keyof Binding]: Binding[K] } = { key: null, certificate: null, jwk: null }
  for (const [name, value] of members) {
    if (isWorkload && name === 'jwk' && typeof value === 'object' && value !== null) binding.jwk = value
    else if (!isWorkload && name === 'jkt' && isThumbprint(value)) binding.key = value
    else if (!isWorkload && name === 'x5t#S256' && isThumbprint(value)) binding.certificate = value
    else throw unprovable()
  }
  if (members.length === 0) throw unprovable()
  return Object.freeze(binding)
}

function isThumbprint (value: unknown): value is string {
  return typeof value === 'string' && thumbprint.test(value)
}

function unprovable (): Error {
  return refusal('GW_IDENTITY_PROOF_MISSING', 'the token is bound (cnf) in a way that cannot be proven here')
}

/** As it stands in the record: `jkt:<thumbprint>`, `x5t#S256:<thumbprint>`, or both. */
export function confirmationOf (binding: Binding | null): string | null {
  if (binding === null) return null
  const parts = [...binding.key === null ? [] : [`jkt:${binding.key}`], ...binding.certificate === null ? [] : [`x5t#S256:${binding.certificate}`]]
  return parts.length === 0 ? null : parts.join(' ')
}
