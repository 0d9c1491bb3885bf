/** Signed tokens of the issuers that are trusted here, and the stage of every plugin that takes nothing else. */
import { readReference } from '../../../core/config/reference.ts'
import type { Credential, IdentityStage, PhaseHosts, Stage } from '../../../core/pipeline/plugin.ts'
import type { Issuer } from '../issuer/config.ts'
import { ensureDevelopmentKey } from '../issuer/development.ts'
import { IssuerKeys, type VerifyingKeys } from '../issuer/keys.ts'
import { SharedSecret } from '../issuer/secret.ts'
import { keySource } from '../issuer/source.ts'
import { proofAlgorithms } from '../proof/signature.ts'
import type { TokenReader } from './memory.ts'
import { tokenOf } from './presented.ts'
import { peekIssuer, readToken, tokenTypes } from './read.ts'
import { openTokenServices, type TokenOptions, type TokenServices } from './services.ts'
import { tokenStage } from './stage.ts'
import { verifyToken, type TrustedIssuer } from './verify.ts'

type Host = PhaseHosts['identity']

export interface SignedTokens extends TokenReader {
  /** True for what says that it is a token of one of the issuers. Nothing of it is believed. */
  isOurs (text: string): boolean
}

/** Tokens of one kind. A single issuer is also that of tokens which name none, where the kind lets them. */
export async function openSignedTokens (issuers: readonly Issuer[], kind: Issuer['kind'], { revocations, nowMs }: TokenServices, host: Host): Promise<SignedTokens> {
  const trusted = new Map<string, TrustedIssuer>()
  for (const issuer of issuers) trusted.set(issuer.issuer, { issuer, keys: await openKeys(issuer, host) })
  const [only, second] = issuers
  const assumed = kind !== 'access' && second === undefined ? only?.issuer ?? null : null
  return {
    read: (text, trace) => {
      trace('form', 'a compact JWS in canonical form, of a type that is taken here')
      return verifyToken(readToken(text, tokenTypes[kind], assumed), { trusted, revocations, nowMs }, trace)
    },
    isOurs: text => trusted.has(peekIssuer(text, assumed) ?? '')
  }
}

export async function signedTokenStage (issuers: readonly Issuer[], options: TokenOptions, host: Host): Promise<Stage<'credential', 'principal'> & IdentityStage> {
  const services = await openTokenServices(options, host, () => { stage.forget() })
  const tokens = await openSignedTokens(issuers, 'access', services, host)
  const stage = tokenStage(tokens, services)
  return { kind: 'token', tokens: termsOf(issuers), applies: credential => stage.knows(credential) || holdsOneOf(credential, tokens), run: stage.run, explain: stage.explain }
}

async function openKeys ({ issuer, keys, algorithms }: Issuer, { log, closing, folder }: Host): Promise<VerifyingKeys> {
  if (keys.kind === 'secret') return new SharedSecret(readReference(keys.reference, folder), algorithms)
  if (keys.kind === 'development') await ensureDevelopmentKey(keys.data, keys.issuer)
  const failed = (error: unknown): void => { log.warn({ issuer, error }, 'the keys of an issuer cannot be had') }
  return new IssuerKeys(keySource(keys, closing), () => performance.now(), failed)
}

/** What callers are told before they have a token. */
export function termsOf (issuers: readonly Issuer[]): NonNullable<IdentityStage['tokens']> {
  return {
    issuers: issuers.map(({ issuer }) => issuer),
    proofAlgorithms: issuers.every(({ dpop }) => dpop === 'off') ? [] : proofAlgorithms,
    proofRequired: issuers.every(({ dpop }) => dpop === 'required')
  }
}

/** In a choice of identity stages: any token under `Authorization` that says it is one of these. */
export function holdsOneOf ({ authorization }: Credential, tokens: SignedTokens): boolean {
  return authorization.some(header => {
    const token = tokenOf(header)
    return token !== null && tokens.isOurs(token.text)
  })
}
