/** How the log of an instance is kept: what `audit.commit` says of it as a whole. */
import { resolve } from 'node:path'
import { sizeBytes } from '../config/quantities.ts'

export interface WitnessSettings {
  /** Where it takes checkpoints: `add-checkpoint` is below it (c2sp.org/tlog-witness). */
  readonly url: string
  /** Its note verifier key. */
  readonly key: string
}

export interface LogSettings {
  /** Accepts a filesystem where a synchronous write promises nothing; the log's start record says so. */
  readonly allowUnsafeFilesystem: boolean
  /** Below it strangers get no records and readiness fails; below an eighth of it no decision is recorded. */
  readonly freeSpaceBytes: number
  /** One signature for a batch, or one more for each record. */
  readonly signature: 'batch' | 'record'
  /** A record is acknowledged when it is durable here, or when witnesses have cosigned it too. */
  readonly commit: 'local' | 'witnessed'
  readonly witnesses: readonly WitnessSettings[]
  /** Witnesses that must have cosigned. */
  readonly quorum: number
  /** Socket of the process that holds the log's key; null where the writer does. */
  readonly signer: string | null
  /** Where the last head is noted; null for the file `head` beside the log. */
  readonly head: string | null
  /** The user that the writer runs as, where the gateway is started by root. */
  readonly user: string | null
}

/** Settings of `audit.commit` that concern the log as a whole: they may not differ between pipelines. */
export const logKeys = ['allow_unsafe_filesystem', 'free_space', 'signature', 'commit', 'witnesses', 'quorum', 'signer', 'head', 'user'] as const

export const defaultSettings: LogSettings = {
  allowUnsafeFilesystem: false, freeSpaceBytes: sizeBytes('1GiB'), signature: 'batch', commit: 'local', witnesses: [], quorum: 1, signer: null, head: null, user: null
}

/**
 * @param config of `audit.commit`, found right by its schema
 * @param base folder where relative paths start
 */
export function logSettings (config: Readonly<Record<string, unknown>>, base: string): LogSettings {
  const { free_space: freeSpace, witnesses, quorum, signer, head, user } = config
  const list = Array.isArray(witnesses) ? witnesses as WitnessSettings[] : []
  return {
    allowUnsafeFilesystem: config['allow_unsafe_filesystem'] === true,
    freeSpaceBytes: typeof freeSpace === 'string' ? sizeBytes(freeSpace) : defaultSettings.freeSpaceBytes,
    signature: config['signature'] === 'record' ? 'record' : 'batch',
    commit: config['commit'] === 'witnessed' ? 'witnessed' : 'local',
    witnesses: list.map(({ url, key }) => ({ url, key })),
    quorum: typeof quorum === 'number' ? quorum : Math.max(1, list.length),
    signer: typeof signer === 'string' ? resolve(base, signer) : null,
    head: typeof head === 'string' ? resolve(base, head) : null,
    user: typeof user === 'string' ? user : null
  }
}
