/** `classify.webhook`: asks a detector of one's own over HTTP. */
import { definePlugin } from '../../../core/pipeline/plugin.ts'
import { JsonClient } from '../external/client.ts'
import { checkExternal } from '../external/config.ts'
import { externalStage } from '../external/stage.ts'
import { configSchema, type ClassifyWebhookConfig } from './config.ts'
import { webhook } from './webhook.ts'

const identity = { plugin: 'classify.webhook', version: '1.0.0' } as const

export default definePlugin({
  name: identity.plugin,
  version: identity.version,
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  external: true,
  configSchema,
  check: (config: ClassifyWebhookConfig, host) => checkExternal(config, host),
  setup: (config: ClassifyWebhookConfig, host) => externalStage(config, webhook(config, new JsonClient(new URL(config.url), config, host.folder)), host, identity)
})
