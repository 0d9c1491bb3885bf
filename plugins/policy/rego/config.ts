/** What `policy.rego` can be told. */
import { availableParallelism } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

/** As the file has it. */
export interface PolicyRegoConfig {
  readonly dir: string
  readonly deadline?: string
  readonly workers?: number | 'auto'
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['dir'],
  properties: {
    dir: { type: 'string', minLength: 1, description: 'The folder of Rego sources; a relative path starts at the configuration\'s folder.' },
    deadline: { type: 'string', pattern: durationPattern, default: '25ms', description: 'How long one evaluation may run; beyond it the request is denied with 503.' },
    workers: {
      anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 64 }],
      default: 'auto',
      description: 'Threads that evaluate: a number from 1 to 64, or `auto`, half of the processors but at least two and at most four.'
    }
  }
}

export interface PolicySettings { readonly dir: string, readonly deadlineMs: number, readonly workers: number }

/** @param folder where relative paths start */
export function decodeConfig ({ dir, deadline = '25ms', workers = 'auto' }: PolicyRegoConfig, folder: string): PolicySettings {
  const automatic = Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2)))
  return { dir: isAbsolute(dir) ? dir : join(folder, dir), deadlineMs: durationMs(deadline), workers: workers === 'auto' ? automatic : workers }
}
