/** The policy folder and the facts of the gateway that a command works on. */
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { policyDataOf } from '../../config/policy-data.ts'
import type { PolicyData } from '../../pipeline/plugin.ts'
import { preferFastStart } from '../../../rego/compiler/compiler.ts'
import { buildPolicy, type PolicyBuild } from '../../../rego/bundle.ts'
import { defaultConfiguration, UsageError, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'

/** The folder that stands as the first word. */
export function folderOf (words: Words): string {
  const [dir = ''] = words.positionals
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`there is no folder ${dir}`)
  return dir
}

/** Builds the folder with what `--config`, or the default file where there is one, says of endpoints, models and tenants. */
export async function buildFolder (words: Words): Promise<PolicyBuild> {
  const dir = folderOf(words)
  preferFastStart()
  return await buildPolicy({ dir, gateway: gatewayOf(words) })
}

/** Null where no configuration is named and none lies here. */
export function gatewayOf (words: Words): PolicyData | null {
  const isThere = words.text('config') !== null || existsSync(resolve(defaultConfiguration))
  return isThere ? policyDataOf(configurationOf(words)) : null
}
