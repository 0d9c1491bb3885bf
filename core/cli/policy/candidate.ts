/** A policy as a command is given it: a folder, or a bundle. */
import { readFileSync, statSync } from 'node:fs'
import { buildPolicy } from '../../../rego/build.ts'
import { loadBundle } from '../../../rego/bundle/load.ts'
import { BundleRefused } from '../../../rego/bundle/refusal.ts'
import { signatureAlgorithms, type SignatureAlgorithm, type VerificationKey } from '../../../rego/bundle/signature.ts'
import type { BuiltPolicy } from '../../../rego/policy.ts'
import { tell, UsageError, type Words } from '../command.ts'
import { printFaults } from './faults.ts'
import { gatewayOf } from './folder.ts'
import { readText } from './input.ts'

/** Null where it has faults, which are then printed. Throws {@link UsageError} where there is nothing of that name. */
export async function candidateOf (words: Words, path: string): Promise<BuiltPolicy | null> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`${path} is not there`)
  const gateway = gatewayOf(words)
  if (!found.isDirectory()) return await bundleAt(words, path, gateway)
  const { policy, faults } = await buildPolicy({ dir: path, gateway })
  printFaults(faults)
  return policy
}

async function bundleAt (words: Words, path: string, gateway: ReturnType<typeof gatewayOf>): Promise<BuiltPolicy | null> {
  if (gateway === null) throw new UsageError('a bundle needs the configuration that its data.gateway comes from: --config FILE')
  try {
    return (await loadBundle(readFileSync(path), { gateway, key: keyOf(words) })).policy
  } catch (thrown) {
    if (!(thrown instanceof BundleRefused)) throw thrown
    tell(`${path}: ${thrown.message}`)
    return null
  }
}

function keyOf (words: Words): VerificationKey | null {
  const file = words.text('key')
  return file === null ? null : { text: readText(file).trimEnd(), algorithm: algorithmOf(words), scope: words.text('scope') ?? '' }
}

/** Throws {@link UsageError} where it is missing or unknown. */
export function algorithmOf (words: Words): SignatureAlgorithm {
  const algorithm = signatureAlgorithms.find(name => name === words.text('algorithm'))
  if (algorithm === undefined) throw new UsageError(`--algorithm must be one of ${signatureAlgorithms.join(', ')}`)
  return algorithm
}
