/** The plugins that ship. Nothing registers itself: what stands here is what configurations may name. */
import type { Parts } from '../core/pipeline/registry.ts'
import auditCommit from './audit/commit/index.ts'
import classifyPatterns from './classify/patterns/index.ts'
import classifyPresidio from './classify/presidio/index.ts'
import classifyWebhook from './classify/webhook/index.ts'
import identityAgent from './identity/agent/index.ts'
import identityApiKey from './identity/api-key/index.ts'
import identityIntrospection from './identity/introspection/index.ts'
import identityJwt from './identity/jwt/index.ts'
import identityMtls from './identity/mtls/index.ts'
import limitQuota from './limit/quota/index.ts'
import policyRego from './policy/rego/index.ts'
import { anthropicMessages } from './protocol/anthropic-messages/index.ts'
import { anthropicModels } from './protocol/anthropic-models/index.ts'
import { http as httpProtocol } from './protocol/http/index.ts'
import { ollama as ollamaProtocol } from './protocol/ollama/index.ts'
import { opaque } from './protocol/opaque/index.ts'
import { openaiChat } from './protocol/openai-chat/index.ts'
import { openaiCompletions } from './protocol/openai-completions/index.ts'
import { openaiEmbeddings } from './protocol/openai-embeddings/index.ts'
import { openaiModels } from './protocol/openai-models/index.ts'
import { openaiResponses } from './protocol/openai-responses/index.ts'
import { anthropic } from './provider/anthropic/index.ts'
import { azure } from './provider/azure/index.ts'
import { http } from './provider/http/index.ts'
import { ollama } from './provider/ollama/index.ts'
import { openai } from './provider/openai/index.ts'
import { vllm } from './provider/vllm/index.ts'
import responseFilter from './response/filter/index.ts'
import responseModeration from './response/moderation/index.ts'
import routeModels from './route/models/index.ts'

/** A registry knows stages by what they declare, and the runner holds them to it: their own types end here. */
const stages: readonly unknown[] = [identityJwt, identityIntrospection, identityMtls, identityAgent, identityApiKey, limitQuota, classifyPatterns, classifyPresidio, classifyWebhook, policyRego, auditCommit, routeModels, responseFilter, responseModeration]

export const shippedPlugins = stages as Parts['plugins']
export const shippedProtocols: Parts['protocols'] = [
  openaiChat, openaiResponses, openaiCompletions, openaiEmbeddings, openaiModels, anthropicMessages, anthropicModels, ollamaProtocol, httpProtocol, opaque
]
export const shippedProviders: Parts['providers'] = [openai, azure, anthropic, ollama, vllm, http]
