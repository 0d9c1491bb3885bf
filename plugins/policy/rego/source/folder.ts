/** A folder of Rego sources. */
import type { PolicyData } from '../../../../core/pipeline/plugin.ts'
import { buildPolicy } from '../../../../rego/build.ts'
import { describeDiagnostic } from '../../../../rego/compiler/types.ts'
import { testPolicy } from '../../../../rego/test.ts'
import { watchPath } from '../../../../rego/watch.ts'
import { PolicyRefused, type PolicySource } from './source.ts'

export interface FolderTerms {
  readonly gateway: PolicyData
  readonly watch: boolean
  /** Runs the folder's tests before a change of it is loaded. The first load is an operator's own: `policy test` is theirs too. */
  readonly tests: boolean
}

export function folderSource (dir: string, { gateway, watch, tests }: FolderTerms): PolicySource {
  let digest: string | null = null
  return {
    name: dir,
    load: async () => {
      const { policy, faults } = await buildPolicy({ dir, gateway })
      if (policy === null) throw new PolicyRefused(faults.map(describeDiagnostic).join('\n'))
      if (policy.version.digest === digest) return null
      if (digest !== null && tests) await runTests(dir)
      digest = policy.version.digest
      return policy
    },
    follow: (signal, changed) => { if (watch) watchPath(dir, signal, changed) }
  }
}

async function runTests (dir: string): Promise<void> {
  const { tests } = await testPolicy(dir)
  const failed = tests.filter(test => test.failed !== null)
  if (failed.length > 0) throw new PolicyRefused(failed.map(({ file, row, name, failed: why }) => `${file}:${row}:1: test_fail: ${name}: ${why ?? ''}`).join('\n'))
}
