/** A workload that proves who it is: its identity token, and a proof by the key in it for this request alone. */
import type { Credential, ReplayStore } from '../../../core/pipeline/plugin.ts'
import type { Verified } from '../claims/principal.ts'
import { refusal } from '../claims/refusal.ts'
import { publicKeyOf, thumbprintOf } from '../proof/signature.ts'
import { verifyWorkloadProof } from '../proof/workload.ts'
import type { ReadToken, TokenMemory, TokenReader } from '../token/memory.ts'
import { tokenOf } from '../token/presented.ts'
import type { Trace } from '../token/trace.ts'

/** Reads identity tokens: of each, the key that it carries confirms its principal. */
export function workloadReader (tokens: TokenReader): TokenReader {
  return {
    read: async (text, trace) => {
      const read = await tokens.read(text, trace)
      const { verified } = read
      trace('key', 'cnf holds a public key')
      const confirmation = `jkt:${await thumbprintOf(publicKeyOf(verified.binding?.jwk))}`
      return { untilMs: read.untilMs, isCurrent: () => read.isCurrent(), verified: { ...verified, principal: Object.freeze({ ...verified.principal, confirmation }) } }
    }
  }
}

export interface WorkloadServices {
  readonly workloads: TokenMemory<ReadToken>
  readonly replay: ReplayStore
  nowMs (): number
}

/** Throws GW_IDENTITY_PROOF_MISSING, GW_IDENTITY_PROOF_INVALID, GW_IDENTITY_STORE_UNAVAILABLE, or what refuses the identity token. */
export async function proveWorkload (identity: string, credential: Credential, { workloads, replay, nowMs }: WorkloadServices, trace: Trace): Promise<Verified> {
  const { verified } = await workloads.read(identity, identity, trace)
  trace('proof of a workload', 'one proof, by the key in the token, for this request, and used for the first time')
  const { workload: { proof: [proof, second], transaction: [transaction] }, authorization: [header], url } = credential
  if (proof === undefined) throw refusal('GW_IDENTITY_PROOF_MISSING', 'there is no Workload-Proof-Token header')
  if (second !== undefined) throw refusal('GW_IDENTITY_PROOF_INVALID', 'there are several Workload-Proof-Token headers')
  await verifyWorkloadProof(proof, {
    identity,
    jwk: verified.binding?.jwk ?? null,
    access: header === undefined ? null : tokenOf(header)?.text ?? header,
    transaction: transaction ?? null,
    url,
    audiences: verified.rules.audiences
  }, replay, nowMs())
  return verified
}
