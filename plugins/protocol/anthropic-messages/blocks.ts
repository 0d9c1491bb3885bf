/** Content blocks of messages (https://docs.anthropic.com/en/api/messages), as callers send them back. */
import type { FieldMap, Media } from '../../../core/content/map.ts'
import { contents, object } from '../dialect/schema.ts'

const encrypted: FieldMap = { unscanned: 'encrypted' }
const file: FieldMap = { unscanned: 'file' }
const more = contents('cache_control', 'caller')

/** Where an image or a document is: in the body, at a URL, or kept by the endpoint. */
function source (kind: Media['kind'], further: Readonly<Record<string, FieldMap>> = {}): FieldMap {
  return {
    forms: {
      member: 'type',
      of: { base64: object({ ...contents('media_type'), data: { media: { kind, type: 'media_type' } } }), url: object({ url: { media: { kind } } }), file: object({ file_id: file }), ...further },
      other: { unscanned: kind }
    }
  }
}

const citations: FieldMap = {
  items: object(contents(
    'type', 'cited_text', 'document_index', 'document_title', 'start_char_index', 'end_char_index', 'start_page_number', 'end_page_number', 'start_block_index', 'end_block_index',
    'file_id', 'url', 'title', 'source', 'search_result_index'
  ), {}),
  fields: contents('enabled')
}

const textBlock: FieldMap = object({ ...more, ...contents('text'), citations })
const imageBlock: FieldMap = object({ ...more, source: source('image') }, { holds: 'image' })

function blocks (of: Readonly<Record<string, FieldMap>>): FieldMap {
  return { kinds: ['string', 'array'], items: { kinds: ['object'], part: true, forms: { member: 'type', of, other: { unscanned: 'opaque' } } } }
}

const documentBlock: FieldMap = object({
  ...more,
  ...contents('title', 'context'),
  citations,
  source: source('file', { text: object(contents('media_type', 'data')), content: object({ content: blocks({ text: textBlock, image: imageBlock }) }) })
})

const searchResult: FieldMap = object({ ...more, ...contents('source', 'title'), citations, content: { items: textBlock } })

/** A document that the endpoint fetched stands within a result of its tool. */
const fetched: FieldMap = object({ ...contents('type', 'url', 'retrieved_at', 'error_code'), content: documentBlock })
const found: FieldMap = object({ ...contents('type', 'url', 'title', 'page_age', 'error_code'), encrypted_content: encrypted })
const output: FieldMap = object({ ...contents('type', 'stdout', 'stderr', 'return_code', 'error_code', 'error_message'), encrypted_stdout: encrypted, content: { items: object({ ...contents('type'), file_id: file }) } })
const edited: FieldMap = object(contents('type', 'file_type', 'content', 'num_lines', 'start_line', 'total_lines', 'is_file_update', 'lines', 'old_lines', 'old_start', 'new_lines', 'new_start', 'error_code', 'error_message'))
const searched: FieldMap = object({ ...contents('type', 'error_code'), tool_references: { items: object(contents('type', 'tool_name')) } })
const result = { ...more, ...contents('tool_use_id', 'is_error', 'toolset_name') }
const toolUse: FieldMap = object({ ...more, ...contents('id', 'name', 'server_name', 'toolset_name'), input: {} })

/** Within the result of a tool that the caller ran. */
const resultBlocks: FieldMap = blocks({ text: textBlock, image: imageBlock, document: documentBlock, search_result: searchResult, tool_reference: object({ ...more, ...contents('tool_name') }) })

export const textBlocks: FieldMap = blocks({ text: textBlock })

export const messageBlocks: FieldMap = blocks({
  text: textBlock,
  image: imageBlock,
  document: documentBlock,
  search_result: searchResult,
  // Signed by the endpoint, which refuses them where a character was changed.
  thinking: object({ ...contents('thinking'), signature: encrypted }, { sealed: true }),
  redacted_thinking: object({ data: encrypted }, { sealed: true }),
  compaction: object({ ...more, ...contents('content'), encrypted_content: encrypted, signature: encrypted, tool_changes: {} }, { sealed: true }),
  tool_use: toolUse,
  server_tool_use: toolUse,
  mcp_tool_use: toolUse,
  tool_result: object({ ...result, content: resultBlocks }),
  mcp_tool_result: object({ ...result, content: textBlocks }),
  web_search_tool_result: object({ ...result, content: { items: found, fields: contents('type', 'error_code') } }),
  web_fetch_tool_result: object({ ...result, content: fetched }),
  code_execution_tool_result: object({ ...result, content: output }),
  bash_code_execution_tool_result: object({ ...result, content: output }),
  text_editor_code_execution_tool_result: object({ ...result, content: edited }),
  tool_search_tool_result: object({ ...result, content: searched }),
  mcp_tool_listing: object({ ...more, ...contents('mcp_server_name'), tools: {} }),
  container_upload: object({ ...more, file_id: file }),
  fallback: {}
})
