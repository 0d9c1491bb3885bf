/**
 * Structured outputs: whether a text is the JSON that its request asked for. A schema is a caller's word, so that it is bounded, its
 * expressions run in linear time, and one that cannot be used is said to be so.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { RE2JS } from 're2js'
import type { Tally, TextLane } from './tally.ts'

/** What is found where a text does not hold to its schema; null where it does. */
export type OutputLabel = 'output.malformed' | 'output.mismatch' | 'output.unchecked'
export type OutputCheck = (text: string) => OutputLabel | null

const longestSchema = 64 * 1024
/** UTF-16 units of a text that are checked at most. */
export const longestChecked = 4 * 1024 * 1024
const mostKept = 64

/** Checks by their schemas: those used last are kept. */
export class OutputChecks {
  #kept = new Map<string, OutputCheck>()

  /** Null where no schema was asked for. */
  of (schema: string | undefined): OutputCheck | null {
    if (schema === undefined) return null
    const known = this.#kept.get(schema)
    if (known !== undefined) return known
    if (this.#kept.size === mostKept) this.#kept = new Map()
    const made = makeCheck(schema)
    this.#kept.set(schema, made)
    return made
  }
}

function makeCheck (schema: string): OutputCheck {
  const isValid = compile(schema)
  return text => {
    if (isValid === null || text.length > longestChecked) return 'output.unchecked'
    const value = parse(text)
    if (value === undefined) return 'output.malformed'
    try {
      return isValid(value) ? null : 'output.mismatch'
    } catch {
      return 'output.unchecked' // nested more deeply than can be walked
    }
  }
}

/** Null for a schema that is too long, is none, or refers to what is not in it. */
function compile (source: string): ((value: unknown) => boolean) | null {
  if (source.length > longestSchema) return null
  try {
    // Formats are notes, and dialects of the schema differ in nothing that structured outputs know.
    const { $schema: _dialect, $id: _id, ...schema } = objectOf(JSON.parse(source))
    const ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false, logger: false, code: { regExp: linear } })
    const validate = ajv.compile(schema)
    return value => validate(value)
  } catch {
    return null
  }
}

/** Expressions in linear time (RE2). Throws for one that is not of that kind. */
const linear = Object.assign((pattern: string) => {
  const compiled = RE2JS.compile(pattern)
  // ajv tells expressions apart by their texts.
  return { test: (text: string) => compiled.matcher(text).find(), toString: () => `re2:${pattern}` } as RegExp
}, { code: 'linear' })

function objectOf (value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('a schema is an object')
  return value as Readonly<Record<string, unknown>>
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Counts what a check found; it stands for the whole text, and is no span that could be taken out. Answers whether there was anything. */
export function tallyOutput (tally: Tally, lane: TextLane, label: OutputLabel | null): boolean {
  if (label === null) return false
  tally.add(lane, { label, detector: 'response.output', confidence: 1000, start: 0, end: 1 }, label)
  return true
}
