/** The policy folder and the facts of the gateway that a command works on. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { decode } from '../../config/decode.ts'
import type { ConfigurationDocument } from '../../config/document.ts'
import { Faults } from '../../config/faults.ts'
import { policyDataOf } from '../../config/policy-data.ts'
import { checkRules } from '../../config/rules.ts'
import { configurationSchema } from '../../config/schema.ts'
import type { Secrets } from '../../config/secrets.ts'
import { readSource } from '../../config/source.ts'
import type { PolicyData } from '../../pipeline/plugin.ts'
import { buildPolicy, type PolicyBuild } from '../../../rego/build.ts'
import { defaultConfiguration, UsageError, type Words } from '../command.ts'
import { configurationFile } from '../configuration.ts'
import { RefusedConfiguration } from '../faults.ts'

/** The folder that stands as the first word. */
export function folderOf (words: Words): string {
  const [dir = ''] = words.positionals
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`there is no folder ${dir}`)
  return dir
}

/** Builds the folder with what `--config`, or the default file where there is one, says of endpoints, models and tenants. */
export async function buildFolder (words: Words): Promise<PolicyBuild> {
  const dir = folderOf(words)
  return await buildPolicy({ dir, gateway: gatewayOf(words) })
}

/** Null where no configuration is named and none lies here. */
export function gatewayOf (words: Words): PolicyData | null {
  const isThere = words.text('config') !== null || existsSync(resolve(defaultConfiguration))
  if (!isThere) return null
  const file = configurationFile(words)
  const source = readSource(file, readText(file))
  const faults = new Faults(source.placeOf)
  if (source.faults.length === 0) faults.check(configurationSchema, source.value, [])
  if (source.faults.length === 0) checkRules(source.value, faults)
  if (source.faults.length + faults.list.length > 0) throw new RefusedConfiguration([...source.faults, ...faults.list])
  return policyDataOf(decode(source.value as ConfigurationDocument, file, noSecrets, source.placeOf))
}

/** A policy needs names, no secrets: they need not be here. */
const noSecrets: Secrets = { textAt: () => '' }

function readText (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
}
