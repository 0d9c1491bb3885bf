import type { Fault } from './types.ts'

/** A configuration that does not load, with every fault. */
export class ConfigurationRefused extends Error {
  readonly faults: readonly Fault[]

  constructor (faults: readonly Fault[]) {
    super(faults.map(({ file, line, column, code, message }) => `${file}:${line}:${column}: ${code}: ${message}`).join('\n'))
    this.name = 'ConfigurationRefused'
    this.faults = faults
  }
}
