/** `classify.patterns`: recognises values by shape, check digit and context, in every leaf of a request. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { digestOf } from '../../../core/enforce/digest.ts'
import { distinctValues } from '../../../core/enforce/distinct.ts'
import { definePlugin, halt, proceed, type Finding, type Prompt } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { defaultBulk, makeFloors } from '../floors.ts'
import { Aside, isLong } from './aside/thread.ts'
import { checkConfig } from './check.ts'
import { configSchema, type ClassifyPatternsConfig } from './config.ts'
import type { CustomEntry } from './custom/config.ts'
import type { Detector } from './detector.ts'
import { explainText } from './explain.ts'
import { prepareAnswers, prepareRequests } from './prepare.ts'
import { scanLeaves } from './prompt.ts'
import { scanText } from './scan.ts'
import { prepareStreams, scanStream } from './stream.ts'

const version = '1.0.0'

export default definePlugin({
  name: 'classify.patterns',
  version,
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  configSchema,
  check: checkConfig,
  setup (config: ClassifyPatternsConfig, { taxonomy, folder }) {
    const detection = prepareRequests(config, folder)
    const answers = prepareAnswers(config, folder)
    prepareStreams(answers)
    const aside = new Aside({ config, folder })
    const { floors = {}, bulk = defaultBulk, custom = [], allow = [] } = config
    const tag = makeFloors(taxonomy, floors, bulk)
    const digest = digestOf({ version, minimum: detection.minimumConfidence, floors, bulk, custom, allow, known: knownFiles(custom, folder), detectors: detection.detectors.map(definitionOf) })
    const classified = ({ leaves }: Prompt, findings: readonly Finding[]) => {
      const distinct = (some: readonly Finding[]): number => distinctValues(some.map(({ leaf, start, end }) => leaves[leaf]?.text.slice(start, end) ?? ''))
      return proceed({ classification: { findings, tag: tag(findings, distinct), detectors: digest } })
    }
    return {
      scan: (text, keyPath) => scanText(text, keyPath, answers),
      stream: (keyPath, options) => scanStream(answers, keyPath, options),
      tag: findings => tag(findings),
      explainText: (text, keyPath) => explainText(text, keyPath, detection),
      run: ({ prompt }, signal) => {
        try {
          if (isLong(prompt.leaves)) return aside.scan(prompt.leaves, signal).then(findings => classified(prompt, findings))
          return classified(prompt, scanLeaves(prompt.leaves, detection))
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_CLASSIFY_FAILED'))
        }
      },
      close: async () => { await aside.close() }
    }
  }
})

/** Digests of values are part of what is found. */
function knownFiles (custom: readonly CustomEntry[], folder: string): string[] {
  return custom.flatMap(({ values }) => values === undefined ? [] : [readFileSync(resolve(folder, values.file), 'utf8')])
}

/** All that decides what a detector finds. */
function definitionOf ({ label, anchor, pattern, context, trim, weigh }: Detector): unknown {
  return { label, anchor, pattern: String(pattern), context: context ?? [], trim: String(trim), weigh: String(weigh) }
}
