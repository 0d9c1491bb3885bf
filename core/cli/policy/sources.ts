/** Rego files as the command line names them. */
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { RegoModule } from '../../../rego/compiler/compiler.ts'
import { UsageError } from '../command.ts'

/** A .rego file, or all below a folder, sorted by path. Throws {@link UsageError} where there is none. */
export function readRego (path: string): readonly RegoModule[] {
  const files = filesOf(path)
  if (files.length === 0) throw new UsageError(`${path} holds no .rego file`)
  return files.map((file) => ({ path: file, text: readFileSync(file, 'utf8') }))
}

function filesOf (path: string): readonly string[] {
  if (!existing(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.rego')).sort().map((name) => join(path, name))
}

function existing (path: string): Stats {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`${path} is not there`)
  return found
}
