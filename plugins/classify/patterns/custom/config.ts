/** What a configuration can say of detectors of its own, and of values that are none. */
import type { JsonSchema } from '../../../../core/pipeline/plugin.ts'
import { checkNames, type CheckName } from './checks.ts'

export interface CustomEntry {
  readonly label: string
  readonly patterns?: readonly string[]
  readonly terms?: readonly string[]
  readonly terms_file?: string
  readonly ignore_case?: boolean
  readonly longest?: number
  readonly check?: CheckName
  readonly values?: { readonly file: string, readonly key: string }
  readonly confidence?: number
  readonly hotwords?: readonly HotwordEntry[]
}

export interface HotwordEntry { readonly words: readonly string[], readonly confidence: number }

export interface AllowEntry { readonly labels?: readonly string[], readonly values: readonly string[] }

/** What unbounded repetitions come to where nothing else is said, in UTF-16 units. */
export const defaultLongest = 64
export const defaultConfidence = 700

const text = { type: 'string', minLength: 1, maxLength: 1024 }
const confidence = { type: 'integer', minimum: 0, maximum: 1000 }

export const customSchema: JsonSchema = {
  type: 'array',
  default: [],
  description: 'Detectors of one\'s own.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['label'],
    oneOf: ['patterns', 'terms', 'terms_file'].map(key => ({ type: 'object', required: [key], properties: { [key]: {} } })),
    properties: {
      label: { type: 'string', pattern: '^[a-z][a-z0-9_]*(\\.[a-z0-9_]+)*$', description: 'What it finds: dotted lower-case words, the category first (`pii.employee_number`). The category\'s floor counts.' },
      patterns: {
        type: 'array',
        items: text,
        minItems: 1,
        maxItems: 50,
        description: 'Regular expressions of ECMAScript, looked for everywhere in a text whose accents, full-width forms and invisible characters are undone. Without looks around, references or `^` and `$`; whatever the text, one may look at most 256 units at a place: `check` proves it.'
      },
      terms: { type: 'array', items: { ...text, maxLength: 128 }, minItems: 1, maxItems: 5000, uniqueItems: true, description: 'Words and phrases, found where they stand whole. Spaces stand for any space, `-` or `_`.' },
      terms_file: { type: 'string', minLength: 1, description: 'A file of such words and phrases, one a line.' },
      ignore_case: { type: 'boolean', default: false, description: 'Take upper and lower case for the same.' },
      longest: { type: 'integer', minimum: 1, maximum: 200, default: defaultLongest, description: 'How often `*`, `+` and `{n,}` repeat at most.' },
      check: { enum: checkNames, description: 'What the digits of a value must pass: `luhn`, `verhoeff`, `gs1`, `mod_97` (ISO 7064, letters too), `mod_11_10` (ISO 7064) or `mod_11_2` (ISO 7064).' },
      values: {
        type: 'object',
        additionalProperties: false,
        required: ['file', 'key'],
        description: 'Only these values count. They are kept as keyed digests, so that no list of customers lies in clear: `sallyport classify --hash-values KEY FILE` makes them.',
        properties: {
          file: { type: 'string', minLength: 1, description: 'One HMAC-SHA-256 a line, in hex.' },
          key: { type: 'string', minLength: 1, description: 'File of the key: 32 bytes in hex.' }
        }
      },
      confidence: { ...confidence, default: defaultConfidence, description: 'Confidence (0 to 1000) where no hotword says otherwise; 0: only with one.' },
      hotwords: {
        type: 'array',
        default: [],
        description: 'Words that say more: of those that stand at most 40 units before a value the nearest counts, else one in the keys that lead to it.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['words', 'confidence'],
          properties: {
            words: { type: 'array', items: { type: 'string', minLength: 2, maxLength: 64 }, minItems: 1, description: 'Words and phrases, in any case.' },
            confidence: { ...confidence, description: 'Confidence beside one of them; 0: it is none.' }
          }
        }
      }
    }
  }
}

export const allowSchema: JsonSchema = {
  type: 'array',
  default: [],
  description: 'Values that count as nothing: test cards, addresses of documentation.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['values'],
    properties: {
      labels: { type: 'array', items: { type: 'string', minLength: 1 }, default: ['*'], description: 'Label globs of the findings that they are none of.' },
      values: { type: 'array', items: { ...text, maxLength: 256 }, minItems: 1, description: 'Whatever their case, spaces and punctuation; `*` stands for anything (`*@example.com`).' }
    }
  }
}
