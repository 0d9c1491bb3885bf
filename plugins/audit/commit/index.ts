/** `audit.commit`: no permit leaves this stage before the record of its decision is durable and signed. */
import { definePlugin, proceed } from '../../../core/pipeline/plugin.ts'
import { configSchema, decodeConfig, faultsOf, type AuditCommitConfig } from './config.ts'

export default definePlugin({
  name: 'audit.commit',
  version: '1.0.0',
  phase: 'audit',
  reads: ['principal', 'decision', 'classification', 'permit', 'shape'],
  provides: ['receipt'],
  configSchema,
  check: (config: AuditCommitConfig) => faultsOf(config),
  setup (config: AuditCommitConfig, { commit }) {
    const options = decodeConfig(config)
    return {
      run: async view => proceed({ receipt: await commit.decision(view, options) }),
      settle: async (view, result) => {
        const { decision } = view
        if (decision === undefined) return
        const recorded = commit.outcome({ ...view, decision }, result, options)
        if (options.release === 'after_commit') await recorded
        else recorded.catch(() => {}) // the log owes it, and records it when it can
      }
    }
  }
})
