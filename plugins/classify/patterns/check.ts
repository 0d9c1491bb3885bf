/** What is wrong with a configuration of `classify.patterns` that its schema cannot say. */
import type { CheckHost, PluginFault } from '../../../core/pipeline/plugin.ts'
import { matchesLabel } from '../../../core/enforce/label.ts'
import type { ClassifyPatternsConfig } from './config.ts'
import { CustomFault, customDetectors } from './custom/detectors.ts'
import { detectors } from './detectors/index.ts'
import { unknownLevels } from '../floors.ts'

export function checkConfig ({ detectors: labels = ['*'], floors = {}, custom = [] }: ClassifyPatternsConfig, { taxonomy, folder }: CheckHost): PluginFault[] {
  return [
    ...labels.filter(isIdle).map(idleFault),
    ...unknownLevels(taxonomy, floors).map(glob => levelFault(glob, taxonomy)),
    ...custom.flatMap((entry, index) => {
      try {
        customDetectors(entry, folder)
        return []
      } catch (thrown) {
        return [customFault(thrown, index)]
      }
    })
  ]
}

/** A glob that matches nothing is a slip of the pen, and would leave a hole. */
function isIdle (glob: string): boolean {
  return !detectors.some(({ label }) => matchesLabel(glob, label))
}

function idleFault (glob: string): PluginFault {
  return { message: `no detector has a label that matches ${glob}`, fix: `name labels such as ${detectors[0]?.label ?? '*'}, or globs of them`, path: ['detectors'] }
}

function levelFault (glob: string, taxonomy: readonly string[]): PluginFault {
  return { message: `the floor of ${glob} is no level of the taxonomy`, fix: `name one of ${taxonomy.join(', ')}`, path: ['floors', glob] }
}

function customFault (thrown: unknown, index: number): PluginFault {
  const path = thrown instanceof CustomFault ? thrown.path : []
  return { message: `this detector cannot be used: ${thrown instanceof Error ? thrown.message : 'it is not readable'}`, fix: 'see what a detector of one\'s own may be: docs/detection.md', path: ['custom', index, ...path] }
}
