/** A bundle in a file. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { PolicyData } from '../../../../core/pipeline/plugin.ts'
import { loadBundle } from '../../../../rego/bundle/load.ts'
import { BundleRefused } from '../../../../rego/bundle/refusal.ts'
import type { VerificationKey } from '../../../../rego/bundle/signature.ts'
import { maxBundleBytes } from '../../../../rego/bundle/unpack.ts'
import type { BuiltPolicy } from '../../../../rego/policy.ts'
import { watchPath } from '../../../../rego/watch.ts'
import { openHistory, type History } from './history.ts'
import { PolicyRefused, type PolicySource } from './source.ts'

export interface BundleFileTerms {
  readonly gateway: PolicyData
  readonly key: VerificationKey | null
  readonly watch: boolean
}

/** While the gateway runs, a bundle that was replaced does not come back; an operator who wants it restarts with it. */
export function fileSource (path: string, { gateway, key, watch }: BundleFileTerms): PolicySource {
  const history = openHistory()
  return {
    name: path,
    load: async () => await loadFrom(await readBounded(path), { gateway, key, history }),
    follow: (signal, changed) => { if (watch) watchPath(dirname(path), signal, changed, basename(path)) },
    inForce: () => { history.inForce() }
  }
}

async function readBounded (path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > maxBundleBytes) throw new PolicyRefused(`${path}: the bundle is ${size} bytes: at most ${maxBundleBytes} are read`)
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof PolicyRefused) throw cause
    throw new PolicyRefused(`${path} cannot be read`, { cause })
  }
}

interface ArchiveTerms { readonly gateway: PolicyData, readonly key: VerificationKey | null, readonly history: History }

/** Null for the archive that is in force. Throws {@link PolicyRefused}. */
export async function loadFrom (archive: Uint8Array, { gateway, key, history }: ArchiveTerms): Promise<BuiltPolicy | null> {
  const digest = createHash('sha256').update(archive).digest('hex')
  if (history.isInForce(digest)) return null
  try {
    const { policy, revision } = await loadBundle(archive, { gateway, key })
    history.admit(revision, digest)
    return policy
  } catch (cause) {
    throw cause instanceof BundleRefused ? new PolicyRefused(cause.message, { cause }) : cause
  }
}
