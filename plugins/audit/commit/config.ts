/** What `audit.commit` can be told: how a decision's record is made durable before anything is sent. */
import type { CommitOptions } from '../../../core/enforce/commit.ts'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

/** As the file has it. */
export interface AuditCommitConfig {
  readonly release?: CommitOptions['release']
  readonly signature?: CommitOptions['signature']
  readonly deadline?: string
  readonly commit?: 'local' | 'witnessed'
  readonly identity?: CommitOptions['identity']
  readonly free_space?: string
  readonly allow_unsafe_filesystem?: boolean
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    release: {
      enum: ['after_commit', 'before_commit'],
      default: 'after_commit',
      description: 'Whether the last byte of an answer waits for the outcome\'s record. The decision\'s record is always durable before anything is sent.'
    },
    signature: {
      enum: ['batch', 'record'],
      default: 'batch',
      description: 'One signed checkpoint over all records of a batch, or one signature more for each record.'
    },
    deadline: {
      type: 'string',
      pattern: durationPattern,
      default: '250ms',
      description: 'How long a decision may take to become durable; beyond it the request is refused with 503.'
    },
    commit: {
      enum: ['local', 'witnessed'],
      default: 'local',
      description: 'Durable on this machine, or cosigned by witnesses too. Witnesses are not served yet: `witnessed` is refused.'
    },
    identity: {
      enum: ['clear', 'pseudonym'],
      default: 'clear',
      description: 'Whether records name the verified subject in clear or by a keyed pseudonym.'
    },
    free_space: {
      type: 'string',
      pattern: '^[0-9]+(KiB|MiB|GiB)$',
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

/**
 * What a commit is asked with. `free_space` and `allow_unsafe_filesystem` concern the log as a whole: the core opens it by them.
 * Throws Error for what is not served.
 */
export function decodeConfig (config: AuditCommitConfig): CommitOptions {
  if (config.commit === 'witnessed') throw new Error('audit.commit: commit: witnessed is not served yet; leave it out, or say commit: local')
  return {
    deadlineMs: durationMs(config.deadline ?? '250ms'),
    release: config.release ?? 'after_commit',
    signature: config.signature ?? 'batch',
    identity: config.identity ?? 'clear'
  }
}
