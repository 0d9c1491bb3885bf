/** From a configuration to detectors that are ready to run: by the stage itself, and by the thread that reads long prompts for it. */
import { detectors } from './detectors/index.ts'
import { prepareDetection, selectDetectors, type Detection } from './detection.ts'
import { allowedValues } from './custom/allow.ts'
import { customDetectors } from './custom/detectors.ts'
import type { ClassifyPatternsConfig } from './config.ts'

export const defaultMinimum = 500

/** What decides which values are found. */
export type FindingConfig = Pick<ClassifyPatternsConfig, 'detectors' | 'minimum_confidence' | 'custom' | 'allow'>

/**
 * @param folder where relative paths start
 * @throws CustomFault
 */
export function prepareRequests (config: FindingConfig, folder: string): Detection {
  return prepare(config, folder, true)
}

/** As for requests, without what answers are not read for. */
export function prepareAnswers (config: FindingConfig, folder: string): Detection {
  return prepare(config, folder, false)
}

function prepare ({ detectors: labels = ['*'], minimum_confidence: minimum = defaultMinimum, custom = [], allow = [] }: FindingConfig, folder: string, isRequest: boolean): Detection {
  const all = [...selectDetectors(detectors, labels), ...custom.flatMap(entry => customDetectors(entry, folder))]
  return prepareDetection(isRequest ? all : all.filter(({ isOfRequests }) => isOfRequests !== true), ['*'], minimum, allowedValues(allow))
}
