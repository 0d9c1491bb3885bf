/** What `classify.patterns` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import { allowSchema, customSchema, type AllowEntry, type CustomEntry } from './custom/config.ts'
import type { Bulk } from '../floors.ts'

export interface ClassifyPatternsConfig {
  readonly detectors?: readonly string[]
  readonly minimum_confidence?: number
  readonly floors?: Readonly<Record<string, string>>
  readonly bulk?: Bulk
  readonly custom?: readonly CustomEntry[]
  readonly allow?: readonly AllowEntry[]
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
      description: 'Label globs of the shipped detectors to run, such as `pci.*`. Each must match at least one.'
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
      description: 'The taxonomy level that a label brings at least, by label glob; the longest glob that matches counts. By default secret, pci, phi and export bring restricted and pii brings confidential, one e-mail or IP address alone internal; the marking of a document brings what it says.'
    },
    bulk: {
      type: 'object',
      additionalProperties: false,
      required: ['values', 'kinds'],
      properties: {
        values: { type: ['integer', 'null'], minimum: 2, description: 'So many different values; null: however many.' },
        kinds: { type: ['integer', 'null'], minimum: 2, description: 'So many different labels; null: however many.' }
      },
      default: { values: 10, kinds: null },
      description: 'From when on the personal values (pii but for IP addresses, phi) of one request bring one level more than their floors.'
    },
    custom: customSchema,
    allow: allowSchema
  }
}
