/** Tools that a request offers: those that the caller runs, and those that the endpoint runs. */
import type { FieldMap } from '../../../core/content/map.ts'
import { content, contents, list, object, schema, userLocation } from '../dialect/schema.ts'

const functionTool: FieldMap = object({ ...contents('name', 'description', 'strict', 'defer_loading'), parameters: schema })
const customTool: FieldMap = object({ ...contents('name', 'description', 'defer_loading'), format: object(contents('type', 'definition', 'syntax')) })

/** Run by the caller. */
const callerRun: Readonly<Record<string, FieldMap>> = {
  function: functionTool,
  custom: customTool,
  local_shell: {},
  apply_patch: {},
  computer: {},
  computer_use: object(contents('display_height', 'display_width', 'environment')),
  computer_use_preview: object(contents('display_height', 'display_width', 'environment'))
}

const fileIds: FieldMap = { unscanned: 'file' }
const container: FieldMap = object({ ...contents('type', 'memory_limit', 'network_policy', 'skills'), file_ids: fileIds, container_id: { unscanned: 'state' } })

/** A new one, or the name of one that the endpoint keeps. */
const anyContainer: FieldMap = { unscanned: 'state', forms: { member: 'type', of: {}, without: container, other: container } }
const hosted: FieldMap = { hosted: 'type' }

/** Run by the endpoint, whose name then stands in `server_side`. */
const endpointRun: Readonly<Record<string, FieldMap>> = {
  web_search: object({ ...contents('search_context_size', 'search_content_types'), filters: object(contents('allowed_domains')), user_location: userLocation }, hosted),
  file_search: object({ ...contents('vector_store_ids', 'max_num_results', 'ranking_options', 'filters') }, hosted),
  code_interpreter: object({ container: anyContainer }, hosted),
  image_generation: object({
    ...contents('action', 'background', 'input_fidelity', 'model', 'moderation', 'output_compression', 'output_format', 'partial_images', 'quality', 'size'),
    input_image_mask: object({ image_url: { media: { kind: 'image' } }, file_id: fileIds })
  }, hosted),
  mcp: object({ ...contents('server_label', 'server_url', 'server_description', 'connector_id', 'authorization', 'defer_loading'), allowed_tools: {}, headers: {}, require_approval: {} }, hosted)
}

/** Where these run is the caller's to say. */
const either: Readonly<Record<string, FieldMap>> = {
  shell: object({
    environment: { forms: { member: 'type', of: { local: object({ skills: {} }) }, without: { acts: 'shell', hosts: true }, other: { ...container, acts: 'shell', hosts: true } } }
  }, { actsWithout: { environment: 'shell' } }),
  tool_search: {
    fields: { ...contents('description'), parameters: schema },
    forms: { member: 'execution', of: { client: {} }, without: hosted, other: hosted }
  }
}

const namespace: FieldMap = object({
  ...contents('name', 'description'),
  tools: list({ forms: { member: 'type', of: { function: functionTool, custom: customTool }, without: hosted, other: hosted } })
})

export const tool: FieldMap = {
  forms: { member: 'type', of: { ...callerRun, ...endpointRun, ...either, namespace }, without: hosted, other: { ...hosted, fields: { server_url: content } } }
}
