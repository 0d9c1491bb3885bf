/** What the dialect knows of a request (https://docs.anthropic.com/en/api/messages, betas included). */
import type { FieldMap } from '../../../core/content/map.ts'
import { content, contents, count, flag, list, model, object, schema, userLocation } from '../dialect/schema.ts'
import { messageBlocks, textBlocks } from './blocks.ts'

const state: FieldMap = { unscanned: 'state' }
const hosted: FieldMap = { hosted: 'type' }
const toolFields = contents('name', 'description', 'cache_control', 'strict', 'defer_loading', 'eager_input_streaming', 'allowed_callers', 'max_uses', 'max_characters', 'display_width_px', 'display_height_px', 'display_number', 'configs')
const ownTool: FieldMap = object({ ...toolFields, input_schema: schema, input_examples: {} })

/** Tools that the caller runs, some of them by a schema of the endpoint's; any other is one that the endpoint runs. */
const tool: FieldMap = {
  fields: toolFields,
  forms: {
    member: 'type',
    of: {
      custom: ownTool,
      bash: {},
      text_editor: {},
      computer: {},
      memory: {},
      browser_toolset: {},
      computer_toolset: {},
      web_search: object({ ...contents('allowed_domains', 'blocked_domains'), user_location: userLocation }, hosted),
      web_fetch: object({ ...contents('allowed_domains', 'blocked_domains', 'max_content_tokens'), citations: object(contents('enabled')) }, hosted),
      mcp_toolset: object({ ...contents('mcp_server_name'), default_config: {}, tools: {} }, { acts: 'mcp' })
    },
    without: ownTool,
    other: hosted
  }
}

const message: FieldMap = object({ role: { kinds: ['string'] }, content: messageBlocks }, { required: ['role', 'content'] })
const format: FieldMap = object({ ...contents('type'), schema }, { kinds: ['object'] })

export const requestMap: FieldMap = object({
  model,
  messages: list(message),
  system: textBlocks,
  max_tokens: count,
  stream: flag,
  tools: list(tool),
  tool_choice: object(contents('type', 'name', 'disable_parallel_tool_use')),
  metadata: object(contents('user_id')),
  thinking: object(contents('type', 'budget_tokens', 'display')),
  output_config: object({ ...contents('effort'), format, task_budget: {} }, { kinds: ['object'] }),
  output_format: format,
  cache_control: content,
  mcp_servers: { ...list(object({ ...contents('type', 'url', 'name', 'authorization_token'), tool_configuration: {} })), acts: 'mcp', hosts: true },
  container: { unscanned: 'state', acts: 'container', forms: { member: 'id', of: {}, without: object({ skills: { acts: 'skills' } }), other: object({ skills: { acts: 'skills' } }, state) } },
  thread: { unscanned: 'state', acts: 'stored' },
  context_management: { acts: 'context_management' },
  compaction: { acts: 'context_management', fields: contents('type', 'instructions') },
  fallbacks: { acts: 'model_fallback' },
  diagnostics: object({ previous_message_id: state }),
  ...contents('stop_sequences', 'temperature', 'top_p', 'top_k', 'service_tier', 'inference_geo', 'speed', 'user_profile_id', 'workspace_id', 'billing_policy')
}, { kinds: ['object'], required: ['model', 'messages'] })
