/** What `audit.commit` can be told: how a decision's record is made durable before anything is sent. */
import { parseVerifier } from '../../../core/audit/verify/note.ts'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { sizePattern } from '../../../core/config/quantities.ts'
import type { CommitOptions } from '../../../core/enforce/commit.ts'
import type { JsonSchema, PluginFault } from '../../../core/pipeline/plugin.ts'

/** As the file has it. */
export interface AuditCommitConfig {
  readonly release?: 'after_commit' | 'before_commit'
  readonly signature?: 'batch' | 'record'
  readonly deadline?: string
  readonly commit?: 'local' | 'witnessed'
  readonly witnesses?: ReadonlyArray<{ readonly url: string, readonly key: string }>
  readonly quorum?: number
  readonly identity?: 'clear' | 'pseudonym'
  readonly free_space?: string
  readonly allow_unsafe_filesystem?: boolean
  readonly signer?: string
  readonly head?: string
  readonly user?: string
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    release: {
      enum: ['after_commit', 'before_commit'],
      default: 'after_commit',
      description: 'Whether the last byte of an answer waits until the record of its outcome is durable. With `before_commit` a crash can leave a caller with a whole answer whose outcome the log tells as `crash_unknown`.'
    },
    signature: {
      enum: ['batch', 'record'],
      default: 'batch',
      description: 'One signed checkpoint over all records of a batch; or, beside it, one signature for each `record` (about 50 us more of CPU for each).'
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
      description: 'A record counts as made when it is durable on this machine; or when witnesses have cosigned it too: their answers then stand in the path of every request.'
    },
    witnesses: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['url', 'key'],
        properties: {
          url: { type: 'string', pattern: '^https?://', description: 'Its submission prefix (C2SP tlog-witness): `add-checkpoint` is below it.' },
          key: { type: 'string', description: 'Its note verifier key, as `sallyport audit witness` prints it.' }
        }
      },
      description: 'Who cosigns the log\'s head, about once a second or, with `commit: witnessed`, at every commit. They see sizes and hashes, no record.'
    },
    quorum: {
      type: 'integer',
      minimum: 1,
      description: 'How many of the witnesses must have cosigned. Default: all of them.'
    },
    identity: {
      enum: ['clear', 'pseudonym'],
      default: 'clear',
      description: 'Records name the verified subject in clear; or by a keyed pseudonym, with its actors and the key its credential is bound to, in the policy\'s input too. The key is its tenant\'s for the month (`data/keys/bodies`): with it `audit show --subject` finds a subject, and once it is destroyed nobody does.'
    },
    free_space: {
      type: 'string',
      pattern: sizePattern,
      default: '1GiB',
      description: 'Free space on the log\'s filesystem below which strangers get no records of their own, `/readyz` fails and `sallyport_audit_space_low` rises. Below an eighth of it nothing is permitted any more.'
    },
    allow_unsafe_filesystem: {
      type: 'boolean',
      default: false,
      description: 'Accept a filesystem where a synchronous write promises nothing (in memory, without barriers). For demos and tests; the log says so.'
    },
    signer: {
      type: 'string',
      description: 'Socket of a process that holds the log\'s key (`sallyport keys signer`, or one that speaks as it does for a KMS or a PKCS#11 token). Left out: the writer holds it in a file.'
    },
    head: {
      type: 'string',
      description: 'File where the last head is noted every second, best on another volume: a log that is shorter at the next start was rolled back, and is refused. Left out: beside the log.'
    },
    user: {
      type: 'string',
      description: 'User that the audit writer runs as where the gateway is started by root: the log and its key are then out of every other user\'s reach.'
    }
  }
}

/** A setting that is not served, or says what cannot be, is refused: an operator who asks for more must not get less. */
export function faultsOf (config: AuditCommitConfig): PluginFault[] {
  const { witnesses = [], quorum } = config
  return [
    ...config.commit === 'witnessed' && witnesses.length === 0 ? [fault(['commit'], 'commit: witnessed without witnesses can never be met', 'name witnesses')] : [],
    ...quorum !== undefined && quorum > witnesses.length ? [fault(['quorum'], `quorum ${quorum} of ${witnesses.length} witnesses can never be met`, 'name more witnesses, or ask for fewer')] : [],
    ...witnesses.flatMap(({ key }, index) => isWitnessKey(key) ? [] : [fault(['witnesses', index], 'this is no witness\'s verifier key', 'take the line that audit witness prints: name+hash+base64')])
  ]
}

function fault (path: ReadonlyArray<string | number>, message: string, fix: string): PluginFault {
  return { message, fix, path }
}

function isWitnessKey (text: string): boolean {
  try {
    return parseVerifier(text).use === 'witness'
  } catch {
    return false
  }
}

/** What concerns the log as a whole the core reads itself (core/audit/settings.ts). */
export function decodeConfig (config: AuditCommitConfig): CommitOptions {
  const [first] = faultsOf(config)
  if (first !== undefined) throw new Error(`audit.commit: ${first.message}`)
  return { deadlineMs: durationMs(config.deadline ?? '250ms'), release: config.release ?? 'after_commit', identity: config.identity ?? 'clear' }
}
