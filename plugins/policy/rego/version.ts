/** One version of a policy, loaded into workers: what a request holds on to from its decision to the end of its answer. */
import type { PolicyVersion } from '../../../core/enforce/decision.ts'
import { loadModuleAside } from '../../../rego/compiler/load.ts'
import type { BuiltPolicy } from '../../../rego/policy.ts'
import { openPool, type PolicyParts, type Pool, type PoolOptions } from './pool.ts'
import { warmUp } from './warm.ts'

export interface LoadedVersion {
  readonly version: PolicyVersion
  /** False where no rule judges answers. */
  readonly judges: boolean
  readonly pool: Pool
  /** Until it is let go of, a retired version stays. */
  hold (): void
  letGo (): void
  /** No longer in force: its workers end with the last that holds it. */
  retire (): void
  close (): Promise<void>
}

/** Throws GatewayError `GW_POLICY_UNAVAILABLE`, or PolicyRefused, for a policy that cannot be loaded or does not come to an end. */
export async function loadVersion (policy: BuiltPolicy, options: PoolOptions): Promise<LoadedVersion> {
  const parts = await partsOf(policy)
  await warmUp(parts)
  const pool = await openPool(parts, options)
  let held = 0
  let isRetired = false
  const close = async (): Promise<void> => { await pool.close() }
  const endIfFree = (): void => { if (isRetired && held === 0) close().catch(() => {}) }
  return {
    version: policy.version,
    judges: policy.judges,
    pool,
    hold: () => { held++ },
    letGo: () => {
      held--
      endIfFree()
    },
    retire: () => {
      isRetired = true
      endIfFree()
    },
    close
  }
}

async function partsOf ({ wasm, tenants, dataText, evaluated }: BuiltPolicy): Promise<PolicyParts> {
  const compile = async (bytes: Uint8Array): Promise<WebAssembly.Module> => await WebAssembly.compile(new Uint8Array(bytes))
  const evaluator = evaluated.length === 0 ? null : await loadModuleAside()
  const own = await Promise.all([...tenants].map(async ([name, bytes]) => [name, await compile(bytes)] as const))
  return { module: await compile(wasm), tenants: new Map(own), dataText, evaluator }
}
