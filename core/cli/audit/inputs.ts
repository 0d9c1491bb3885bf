/** What the audit commands are given: a log's folder, keys, evidence. */
import { existsSync, readFileSync } from 'node:fs'
import { recordsFolder } from '../../audit/verify/files.ts'
import { isExport } from '../../audit/verify/readings.ts'
import { parseVerifier, type VerifierKey } from '../../audit/verify/note.ts'
import { UsageError } from '../command.ts'

/** The folder of a log. Throws {@link UsageError} where none is. */
export function logFolder (path: string): string {
  if (!existsSync(recordsFolder(path))) throw new UsageError(`${path} holds no audit log`)
  return path
}

/** The folder of a log, or of its exported tiles. Throws {@link UsageError} where neither is. */
export function logOrTiles (path: string): string {
  return isExport(path) ? path : logFolder(path)
}

/** A file's bytes. Throws {@link UsageError} where it cannot be read. */
export function readInput (path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new UsageError(`${path} cannot be read`)
  }
}

/** The verifier keys in a file, one a line. Throws {@link UsageError} for anything else. */
export function readKeys (path: string): VerifierKey[] {
  const lines = readInput(path).toString('utf8').split('\n').filter(line => line.trim() !== '')
  if (lines.length === 0) throw new UsageError(`${path} holds no key`)
  return lines.map(line => parseKey(path, line))
}

function parseKey (path: string, line: string): VerifierKey {
  try {
    return parseVerifier(line)
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
