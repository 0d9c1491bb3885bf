/** How faults of a policy are printed. */
import { describeDiagnostic, type Diagnostic } from '../../../rego/compiler/compiler.ts'
import { print, tell } from '../command.ts'
import { shortPath } from '../faults.ts'

/** One line a fault on standard output: `<file>:<row>:<col>: <code>: <message>`. */
export function printFaults (faults: readonly Diagnostic[]): void {
  if (faults.length > 0) print(faults.map(describe).join('\n'))
}

/** The same on standard error, for what does not refuse a policy. */
export function tellWarnings (warnings: readonly Diagnostic[]): void {
  if (warnings.length > 0) tell(warnings.map(fault => `warning: ${describe(fault)}`).join('\n'))
}

function describe (fault: Diagnostic): string {
  return describeDiagnostic({ ...fault, file: shortPath(fault.file) })
}
