/** The file of API keys that a command works on: named by itself, or by the configuration's `identity.api_key`. */
import { resolve } from 'node:path'
import type { IdentityApiKeyConfig } from '../../../plugins/identity/api-key/config.ts'
import { readReference } from '../../config/reference.ts'
import type { StageEntry } from '../../config/types.ts'
import { UsageError, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'

export interface ApiKeyFile {
  readonly path: string
  /** The secret that enters every digest, or null. */
  readonly pepper: string | null
}

/** Throws UsageError where there is none, or more than one and none is named. */
export function apiKeyFileOf (words: Words): ApiKeyFile {
  const named = words.text('file')
  if (named !== null && words.text('config') === null) return { path: resolve(named), pepper: null }
  const { pipelines, folder } = configurationOf(words)
  const stages = [...pipelines.values()].flatMap(({ entries }) => entries.flatMap((entry): readonly StageEntry[] => 'any' in entry ? entry.any : [entry]))
  const files = new Map(stages.filter(({ plugin }) => plugin === 'identity.api_key').map(({ config }) => {
    const { keys, pepper } = config as unknown as IdentityApiKeyConfig
    const path = resolve(folder, keys)
    return [path, { path, pepper: pepper === undefined ? null : readReference(pepper, folder) }]
  }))
  const [first, second] = named === null ? [...files.values()] : [...files.values()].filter(({ path }) => path === resolve(named))
  if (first === undefined) throw new UsageError('the configuration has no identity.api_key with that file: name the file alone with --file')
  if (second !== undefined) throw new UsageError(`there are several files of API keys: name one with --file (${[...files.keys()].join(', ')})`)
  return first
}
