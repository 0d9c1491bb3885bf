/** Files of JSON that a command is given. Their text goes on as it is, so that numbers stay exact. */
import { readFileSync } from 'node:fs'
import { UsageError } from '../command.ts'

/** The text of a file that holds JSON. Throws {@link UsageError}. */
export function readJson (file: string): string {
  const text = readText(file)
  try {
    JSON.parse(text)
    return text
  } catch (thrown) {
    throw new UsageError(`${file} is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

/** The JSON object that a file holds. Throws {@link UsageError}. */
export function readObject (file: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(readJson(file))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`${file} holds no JSON object`)
  return value as Readonly<Record<string, unknown>>
}

/** Throws {@link UsageError}. */
export function readText (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
}
