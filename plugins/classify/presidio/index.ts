/** `classify.presidio`: asks the analyzer of Microsoft Presidio, for names and places that no pattern can tell. */
import { definePlugin } from '../../../core/pipeline/plugin.ts'
import { JsonClient } from '../external/client.ts'
import { checkExternal } from '../external/config.ts'
import { externalStage } from '../external/stage.ts'
import { presidioAnalyzer } from './analyzer.ts'
import { configSchema, type ClassifyPresidioConfig } from './config.ts'

const identity = { plugin: 'classify.presidio', version: '1.0.0' } as const

export default definePlugin({
  name: identity.plugin,
  version: identity.version,
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  external: true,
  configSchema,
  check: (config: ClassifyPresidioConfig, host) => checkExternal(config, host),
  setup: (config: ClassifyPresidioConfig, host) => externalStage(config, presidioAnalyzer(config, new JsonClient(new URL(config.url), config, host.folder)), host, identity)
})
