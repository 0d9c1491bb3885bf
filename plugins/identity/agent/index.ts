/** `identity.agent`: which agent asks, for whom, and through whom (RFC 8693 section 4). Its principal is always of type `agent`. */
import { definePlugin } from '../../../core/pipeline/plugin.ts'
import { faultsOf } from '../issuer/faults.ts'
import { configSchema, decodeConfig, sourcesOf, type IdentityAgentConfig } from './config.ts'
import { agentStage } from './stage.ts'

export default definePlugin({
  name: 'identity.agent',
  version: '2.0.0',
  phase: 'identity',
  reads: ['credential'],
  provides: ['principal'],
  configSchema,
  check: (config: IdentityAgentConfig, host) => faultsOf('identity.agent', () => decodeConfig(config, host)),
  sources: sourcesOf,
  setup: async (config: IdentityAgentConfig, host) => await agentStage(decodeConfig(config, host), config, host)
})
