/** What `audit.commit` can be told: how a decision's record is made durable before anything is sent. */
import type { CommitOptions } from '../../../core/enforce/commit.ts'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { sizePattern } from '../../../core/config/quantities.ts'
import type { JsonSchema, PluginFault } from '../../../core/pipeline/plugin.ts'

/** As the file has it. */
export interface AuditCommitConfig {
  readonly release?: 'after_commit' | 'before_commit'
  readonly signature?: 'batch' | 'record'
  readonly deadline?: string
  readonly commit?: 'local' | 'witnessed'
  readonly identity?: 'clear' | 'pseudonym'
  readonly free_space?: string
  readonly allow_unsafe_filesystem?: boolean
}

/** The one value of each that this release serves. The other is known, and refused. */
const served = { release: 'after_commit', signature: 'batch', commit: 'local', identity: 'clear' } as const

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    release: {
      enum: ['after_commit', 'before_commit'],
      default: served.release,
      description: 'The last byte of an answer waits until the outcome\'s record is durable. `before_commit` is not served yet.'
    },
    signature: {
      enum: ['batch', 'record'],
      default: served.signature,
      description: 'One signed checkpoint over all records of a batch. One more signature for each `record` is not served yet.'
    },
    deadline: {
      type: 'string',
      pattern: durationPattern,
      default: '250ms',
      description: 'How long a decision may take to become durable; beyond it the request is refused with 503.'
    },
    commit: {
      enum: ['local', 'witnessed'],
      default: served.commit,
      description: 'Durable on this machine. Cosignatures of witnesses (`witnessed`) are not served yet.'
    },
    identity: {
      enum: ['clear', 'pseudonym'],
      default: served.identity,
      description: 'Records name the verified subject in clear. Keyed pseudonyms are not served yet.'
    },
    free_space: {
      type: 'string',
      pattern: sizePattern,
      default: '1GiB',
      description: 'Free space on the log\'s filesystem below which nothing is permitted any more.'
    },
    allow_unsafe_filesystem: {
      type: 'boolean',
      default: false,
      description: 'Accept a filesystem where a synchronous write promises nothing (tmpfs). For demos and tests; the log says so.'
    }
  }
}

/** A setting that is not served is refused, never passed over: an operator who asks for more must not get less. */
export function notServed (config: AuditCommitConfig): PluginFault[] {
  const keys = Object.keys(served) as Array<keyof typeof served>
  return keys.filter(key => config[key] !== undefined && config[key] !== served[key]).map(key => ({
    message: `${key}: ${String(config[key])} is not served yet`,
    fix: `leave it out, or say ${key}: ${served[key]}`,
    path: [key]
  }))
}

/** `free_space` and `allow_unsafe_filesystem` concern the log as a whole: the core opens it by them. */
export function decodeConfig (config: AuditCommitConfig): CommitOptions {
  const [fault] = notServed(config)
  if (fault !== undefined) throw new Error(`audit.commit: ${fault.message}`)
  return { deadlineMs: durationMs(config.deadline ?? '250ms') }
}
