/** The configuration a command works on. */
import { resolve } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import type { Configuration } from '../config/types.ts'
import { defaultConfiguration, type Words } from './command.ts'
import { RefusedConfiguration } from './faults.ts'

/** Absolute path of `--config`, or of the default file. */
export function configurationFile (words: Words): string {
  return resolve(words.text('config') ?? defaultConfiguration)
}

/** Loads the configuration that the words name. Throws {@link RefusedConfiguration}. */
export function configurationOf (words: Words): Configuration {
  const { configuration, faults } = loadConfiguration(configurationFile(words))
  if (configuration === null || faults.length > 0) throw new RefusedConfiguration(faults)
  return configuration
}
