/** A proof is good once: its name is remembered for as long as it could be accepted. */
import { createHash } from 'node:crypto'
import { GatewayError } from '../../../core/errors.ts'
import type { ReplayStore } from '../../../core/pipeline/plugin.ts'
import { isFitText } from '../claims/texts.ts'
import { badProof } from './refusal.ts'

/**
 * Throws GW_IDENTITY_PROOF_INVALID for a proof that was used before, GW_IDENTITY_STORE_UNAVAILABLE where that cannot be known.
 * @param kind keeps proofs of one kind from using up those of another
 * @param key thumbprint of the key that made it: two keys may use one `jti`
 */
export async function useOnce (kind: string, key: string, jti: unknown, lifetimeMs: number, replay: ReplayStore): Promise<void> {
  let first: boolean
  try {
    first = await replay.claim(`${kind}:${sha256(`${key}\n${String(jti)}`)}`, Math.max(1, Math.ceil(lifetimeMs)))
  } catch (cause) {
    throw new GatewayError('GW_IDENTITY_STORE_UNAVAILABLE', { cause })
  }
  if (!first) throw badProof('it was used before')
}

export function requireName (jti: unknown): void {
  if (!isFitText(jti)) throw badProof('jti is missing or no text')
}

/** base64url, as `ath`, `wth` and `tth` have it. */
export function sha256 (text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
