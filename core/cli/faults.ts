/** How faults of a configuration are printed, and the exception that carries them to exit code 78. */
import { relative } from 'node:path'
import type { Fault } from '../config/types.ts'

/** The configuration is refused. The message lists every fault. */
export class RefusedConfiguration extends Error {
  readonly faults: readonly Fault[]

  constructor (faults: readonly Fault[]) {
    super(faults.map(describeFault).join('\n'))
    this.faults = faults
  }
}

/** `file:line:column: CODE: message`, and below it what would cure it. Files are named from the current folder where that is shorter. */
export function describeFault (fault: Fault): string {
  const place = `${shortPath(fault.file)}:${fault.line}:${fault.column}: ${fault.code}: ${fault.message}`
  return fault.fix === '' ? place : `${place}\n    fix: ${fault.fix}`
}

/** A path as a person would type it here. */
export function shortPath (file: string): string {
  const fromHere = relative(process.cwd(), file)
  return fromHere === '' || fromHere.length > file.length || fromHere.startsWith('..') ? file : fromHere
}
