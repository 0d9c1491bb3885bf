/** The policy library that ships: what combines the rules of authors into one decision. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../core/package.ts'
import type { RegoModule } from './compiler/types.ts'

/** Entry points of every policy. Authors own the packages `gateway.response.<area>`, hence the other name. */
export const entrypoints = { decision: 'gateway/decision', judgement: 'gateway/judgement' } as const

export const libraryFolder = packageFile('rego/library')

/** The library's modules without its tests, sorted by path. */
export function libraryModules (): readonly RegoModule[] {
  return readdirSync(libraryFolder).filter(name => name.endsWith('.rego') && !name.endsWith('_test.rego')).sort().map(name => ({
    path: `library/${name}`,
    text: readFileSync(join(libraryFolder, name), 'utf8')
  }))
}

/** The JSON schema that becomes the type of `input`: a rule that reads a field it does not have is refused. */
export function inputSchema (): unknown {
  const input = readSchema('input.json')
  return { ...input, properties: { ...input.properties, response: readSchema('response.json') } }
}

interface ObjectSchema { readonly properties: Readonly<Record<string, unknown>> }

function readSchema (name: string): ObjectSchema {
  return JSON.parse(readFileSync(packageFile(`rego/schemas/${name}`), 'utf8')) as ObjectSchema
}
