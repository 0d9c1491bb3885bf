/** `audit.commit`: no permit leaves this stage before the record of its decision is durable and signed. */
import { definePlugin, proceed } from '../../../core/pipeline/plugin.ts'
import { configSchema, decodeConfig, notServed, type AuditCommitConfig } from './config.ts'

export default definePlugin({
  name: 'audit.commit',
  version: '1.0.0',
  phase: 'audit',
  reads: ['principal', 'decision', 'classification', 'permit', 'shape'],
  provides: ['receipt'],
  configSchema,
  check: (config: AuditCommitConfig) => notServed(config),
  setup (config: AuditCommitConfig, { commit }) {
    const options = decodeConfig(config)
    return {
      run: async view => proceed({ receipt: await commit.decision(view, options) }),
      settle: async (view, result) => {
        const { decision } = view
        if (decision !== undefined) await commit.outcome({ ...view, decision }, result, options)
      }
    }
  }
})
