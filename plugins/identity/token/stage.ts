/** The stage of every plugin that takes tokens: presented, verified once, remembered, and proven anew at each request. */
import { toGatewayError } from '../../../core/errors.ts'
import { halt, proceed, type Credential, type IdentityStage, type Principal, type Stage, type StageResult } from '../../../core/pipeline/plugin.ts'
import type { Verified } from '../claims/principal.ts'
import { isFree, prove, type ProvingServices } from '../proof/prove.ts'
import { TokenMemory, type ReadToken, type TokenReader } from './memory.ts'
import { hasWorkloadTokens, presentedToken } from './presented.ts'
import { silent, traceTo, type Trace } from './trace.ts'

interface Known extends ReadToken {
  /** What every bearer of the token gets; null where something must still be proven. */
  readonly answer: StageResult<'principal'> | null
}

/** A token, and who its bearer has proven to be. */
export interface Proven { readonly verified: Verified, readonly principal: Principal }

export type TokenStage = Stage<'credential', 'principal'> & Required<Pick<IdentityStage, 'explain'>> & {
  /** Throws GatewayError. */
  judge (credential: Credential, trace: Trace): Promise<Proven>
  /** True for a credential that was verified here and still counts. */
  knows (credential: Credential): boolean
  forget (): void
}

/** @param most verified tokens remembered */
export function tokenStage (reader: TokenReader, services: ProvingServices, most?: number): TokenStage {
  const memory = new TokenMemory<Known>({ read: (text, trace) => reader.read(text, trace).then(knownOf) }, services.nowMs, most)
  const judge = async (credential: Credential, trace: Trace): Promise<Proven> => {
    trace('presented', 'one token, under Bearer or DPoP, and nothing beside it')
    const token = presentedToken(credential)
    const { verified } = await memory.read(credential.authorization[0] ?? '', token.text, trace)
    return { verified, principal: await prove(verified, token, credential, services, trace) }
  }
  return {
    run: ({ credential }, signal) => {
      const [header] = credential.authorization
      const before = header === undefined ? null : memory.get(header)
      if (before?.answer !== null && before !== null && isBearerAlone(credential)) return before.answer
      return settled(judge(credential, silent).then(principalOf), signal)
    },
    explain: async (credential, tell) => principalOf(await judge(credential, traceTo(tell))),
    judge,
    knows: ({ authorization: [header] }) => header !== undefined && memory.get(header) !== null,
    forget: () => { memory.forget() }
  }
}

function knownOf (read: ReadToken): Known {
  const answer = isFree(read.verified) ? Object.freeze(proceed({ principal: read.verified.principal })) : null
  return { verified: read.verified, untilMs: read.untilMs, isCurrent: () => read.isCurrent(), answer }
}

function principalOf ({ principal }: Proven): Principal {
  return principal
}

/** One header and nothing else that anybody could mean to be identified by. */
function isBearerAlone (credential: Credential): boolean {
  const { authorization, apiKeys, proofs, certificates, tokenInQuery, certificateRefused } = credential
  return authorization.length === 1 && apiKeys.length === 0 && proofs.length === 0 && certificates.length === 0 && !tokenInQuery && !certificateRefused && !hasWorkloadTokens(credential)
}

/** What a judgement came to, as a stage answers it. Never rejects. */
export async function settled (judging: Promise<Principal>, signal: AbortSignal): Promise<StageResult<'principal'>> {
  try {
    return proceed({ principal: await abandonable(judging, signal) })
  } catch (thrown) {
    return halt(toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
  }
}

/** A caller who leaves does not wait for an issuer; what was begun goes on for others. */
function abandonable<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => { reject(new Error('abandoned', { cause: signal.reason })) }
    const ending = <V>(end: (value: V) => void) => (value: V): void => {
      signal.removeEventListener('abort', abandon)
      end(value)
    }
    signal.addEventListener('abort', abandon)
    if (signal.aborted) abandon()
    work.then(ending(resolve), ending(reject))
  })
}
