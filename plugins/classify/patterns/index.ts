/** `classify.patterns`: recognises values by shape, check digit and context, in every leaf of a request. */
import { digestOf } from '../../../core/enforce/digest.ts'
import { distinctValues } from '../../../core/enforce/distinct.ts'
import { definePlugin, halt, proceed, type Finding, type PluginFault } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { configSchema, type ClassifyPatternsConfig } from './config.ts'
import { matchesLabel } from '../../../core/enforce/label.ts'
import type { Detector } from './detector.ts'
import { explainText } from './explain.ts'
import { detectors } from './detectors/index.ts'
import { defaultBulk, makeFloors, unknownLevels } from './floors.ts'
import { prepareDetection } from './detection.ts'
import { scanLeaves } from './prompt.ts'
import { scanText } from './scan.ts'
import { prepareStreams, scanStream } from './stream.ts'

const version = '1.0.0'
const everything = ['*']
const likely = 500

export default definePlugin({
  name: 'classify.patterns',
  version,
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  configSchema,
  check ({ detectors: labels = everything, floors = {} }: ClassifyPatternsConfig, { taxonomy }) {
    return [...idleGlobs(labels).map(idleFault), ...unknownLevels(taxonomy, floors).map(glob => levelFault(glob, taxonomy))]
  },
  setup ({ detectors: labels = everything, minimum_confidence: minimum = likely, floors = {}, bulk = defaultBulk }: ClassifyPatternsConfig, { taxonomy }) {
    const detection = prepareDetection(detectors, labels, minimum)
    const answers = prepareDetection(detectors.filter(({ isOfRequests }) => isOfRequests !== true), labels, minimum)
    prepareStreams(answers)
    const tag = makeFloors(taxonomy, floors, bulk)
    const digest = digestOf({ version, minimum, floors, bulk, detectors: detection.detectors.map(definitionOf) })
    return {
      scan: (text, keyPath) => scanText(text, keyPath, answers),
      stream: (keyPath, options) => scanStream(answers, keyPath, options),
      tag: findings => tag(findings),
      explainText: (text, keyPath) => explainText(text, keyPath, detection),
      run: ({ prompt }) => {
        try {
          const findings = scanLeaves(prompt.leaves, detection)
          const distinct = (some: readonly Finding[]): number => distinctValues(some.map(({ leaf, start, end }) => prompt.leaves[leaf]?.text.slice(start, end) ?? ''))
          return proceed({ classification: { findings, tag: tag(findings, distinct), detectors: digest } })
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_CLASSIFY_FAILED'))
        }
      }
    }
  }
})

/** A glob that matches nothing is a slip of the pen, and would leave a hole. */
function idleGlobs (labels: readonly string[]): string[] {
  return labels.filter(glob => !detectors.some(({ label }) => matchesLabel(glob, label)))
}

function idleFault (glob: string): PluginFault {
  return { message: `no detector has a label that matches ${glob}`, fix: `name labels such as ${detectors[0]?.label ?? '*'}, or globs of them`, path: ['detectors'] }
}

function levelFault (glob: string, taxonomy: readonly string[]): PluginFault {
  return { message: `the floor of ${glob} is no level of the taxonomy`, fix: `name one of ${taxonomy.join(', ')}`, path: ['floors', glob] }
}

/** All that decides what a detector finds. */
function definitionOf ({ label, anchor, pattern, context, trim, weigh }: Detector): unknown {
  return { label, anchor, pattern: String(pattern), context: context ?? [], trim: String(trim), weigh: String(weigh) }
}
