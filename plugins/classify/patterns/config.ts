/** What `classify.patterns` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

export interface ClassifyPatternsConfig {
  readonly detectors?: readonly string[]
  readonly minimum_confidence?: number
  readonly floors?: Readonly<Record<string, string>>
}

/** Dotted lower-case words; `*` within a part, a final `*` across dots. */
const labelGlob = '^[a-z0-9_*]+(\\.[a-z0-9_*]+)*$'

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    detectors: {
      type: 'array',
      items: { type: 'string', pattern: labelGlob },
      minItems: 1,
      uniqueItems: true,
      default: ['*'],
      description: 'Label globs of the detectors to run, such as `pci.*`. Each must match at least one.'
    },
    minimum_confidence: {
      type: 'integer',
      minimum: 0,
      maximum: 1000,
      default: 500,
      description: 'Findings below this confidence (0 to 1000) are dropped.'
    },
    floors: {
      type: 'object',
      propertyNames: { pattern: labelGlob },
      additionalProperties: { type: 'string', minLength: 1 },
      default: {},
      description: 'The taxonomy level that a label brings at least, by label glob; the longest glob that matches counts. By default secret, pci, phi and export bring restricted and pii brings confidential, one e-mail or IP address alone internal.'
    }
  }
}
