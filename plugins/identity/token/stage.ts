/** The stage of every plugin that takes tokens: presented, verified once, remembered, and proven anew at each request. */
import { toGatewayError } from '../../../core/errors.ts'
import { halt, proceed, type Credential, type IdentityStage, type Principal, type Stage, type StageResult } from '../../../core/pipeline/plugin.ts'
import type { Verified } from '../claims/principal.ts'
import { isFree, prove, type ProvingServices } from '../proof/prove.ts'
import { VerifiedCredentials, type Remembered } from './cache.ts'
import { presentedToken } from './presented.ts'
import { silent, traceTo, type Trace } from './trace.ts'

/** A verified token and how long that may be remembered. */
export interface ReadToken extends Remembered { readonly verified: Verified }

export interface TokenReader {
  /** Verifies a token. Throws GatewayError. */
  read (text: string, trace: Trace): Promise<ReadToken>
}

interface Known extends ReadToken {
  /** What every bearer of the token gets; null where something must still be proven. */
  readonly answer: StageResult<'principal'> | null
}

type TokenStage = Stage<'credential', 'principal'> & Required<Pick<IdentityStage, 'explain'>> & {
  /** True for a credential that was verified here and still counts. */
  knows (credential: Credential): boolean
  forget (): void
}

/** @param most verified tokens remembered */
export function tokenStage (reader: TokenReader, services: ProvingServices, most = 10_000): TokenStage {
  const known = new VerifiedCredentials<Known>(most)
  const remember = async (header: string, text: string): Promise<Known> => {
    const read = await reader.read(text, silent)
    const answer = isFree(read.verified) ? Object.freeze(proceed({ principal: read.verified.principal })) : null
    const entry: Known = { verified: read.verified, untilMs: read.untilMs, isCurrent: () => read.isCurrent(), answer }
    known.set(header, entry)
    return entry
  }
  const judge = async (credential: Credential, before: Known | null): Promise<Principal> => {
    const token = presentedToken(credential)
    const entry = before ?? await remember(credential.authorization[0] ?? '', token.text)
    return await prove(entry.verified, token, credential, services, silent)
  }
  return {
    run: ({ credential }, signal) => {
      const [header] = credential.authorization
      const before = header === undefined ? null : known.get(header, services.nowMs())
      if (before?.answer !== null && before !== null && isBearerAlone(credential)) return before.answer
      return settled(judge(credential, before), signal)
    },
    explain: async (credential, tell) => {
      const trace = traceTo(tell)
      trace('presented', 'one token, under Bearer or DPoP, and nothing beside it')
      const token = presentedToken(credential)
      const { verified } = await reader.read(token.text, trace)
      return await prove(verified, token, credential, services, trace)
    },
    knows: ({ authorization: [header] }) => header !== undefined && known.get(header, services.nowMs()) !== null,
    forget: () => { known.clear() }
  }
}

/** One header and nothing else that anybody could mean to be identified by. */
function isBearerAlone ({ authorization, apiKeys, proofs, certificates, tokenInQuery, certificateRefused }: Credential): boolean {
  return authorization.length === 1 && apiKeys.length === 0 && proofs.length === 0 && certificates.length === 0 && !tokenInQuery && !certificateRefused
}

async function settled (judging: Promise<Principal>, signal: AbortSignal): Promise<StageResult<'principal'>> {
  try {
    return proceed({ principal: await abandonable(judging, signal) })
  } catch (thrown) {
    return halt(toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
  }
}

/** A caller who leaves does not wait for an issuer; what was begun goes on for others. */
export async function abandonable<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) work.catch(() => {}) // nobody waits for it
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const abandon = (): void => { reject(new Error('abandoned', { cause: signal.reason })) }
    signal.addEventListener('abort', abandon, { once: true })
    work.then(resolve, reject).finally(() => { signal.removeEventListener('abort', abandon) })
  })
}
