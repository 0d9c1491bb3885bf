/** Secrets in the configuration of a plugin: references, as everywhere, resolved when the stage is set up. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonSchema } from '../pipeline/plugin.ts'
import type { Reference } from './document.ts'

export type { Reference } from './document.ts'

/** The JSON Schema of a reference. */
export function referenceField (description: string): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: `${description} A reference: \`{ env: NAME }\` or \`{ file: PATH }\`.`,
    properties: {
      env: { type: 'string', minLength: 1, description: 'Name of the environment variable that holds it.' },
      file: { type: 'string', minLength: 1, description: 'File that holds it; a line break at its end is dropped.' }
    }
  }
}

/** The text that it stands for. Throws Error, with words for the operator and never with the text, where it cannot be had. */
export function readReference ({ env, file }: Reference, folder: string): string {
  const text = env === undefined ? readText(resolve(folder, file ?? ''), file ?? '') : process.env[env] ?? ''
  if (text === '') throw new Error(env === undefined ? `${file ?? ''} is empty` : `the environment has no ${env}`)
  return text
}

function readText (path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (thrown) {
    throw new Error(`${name} cannot be read (${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unreadable'})`)
  }
}
