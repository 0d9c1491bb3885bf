/** Parts of maps that several dialects share. */
import type { FieldMap } from '../../../core/content/map.ts'

/** Keywords of JSON Schema (draft 2020-12 and before), as tools and structured answers use it. */
const schemaWords: ReadonlySet<string> = new Set([
  '$schema', '$id', '$ref', '$defs', '$anchor', '$comment', 'definitions', 'type', 'title', 'description', 'default', 'examples', 'example', 'enum', 'const', 'format',
  'properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'unevaluatedProperties', 'minProperties', 'maxProperties', 'dependentRequired',
  'items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems', 'anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'nullable',
  'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'readOnly', 'writeOnly', 'deprecated'
])

/** A JSON Schema: its descriptions, defaults and examples are content, its keywords are not. */
export const schema: FieldMap = { words: schemaWords }

/** Something that is left to be text, a number or whatever else: it is content, and nothing else hangs on it. */
export const content: FieldMap = {}

/** The model's name is what was permitted: an edit of it would ask for another model. */
export const model: FieldMap = { kinds: ['string'], sealed: true }

export const flag: FieldMap = { kinds: ['true', 'false'] }
export const count: FieldMap = { kinds: ['number'] }

/** The members of an object, whose keys are no content. */
export function object (fields: Readonly<Record<string, FieldMap>>, more: FieldMap = {}): FieldMap {
  return { ...more, fields }
}

/** Members of these names that are content and nothing more. */
export function contents (...names: readonly string[]): Record<string, FieldMap> {
  return Object.fromEntries(names.map(name => [name, content]))
}

/** A list of objects; anything else there is refused. */
export function list (item: FieldMap): FieldMap {
  return { kinds: ['array'], items: { kinds: ['object'], ...item } }
}

/** Where a user says they are. */
export const userLocation: FieldMap = object({
  ...contents('type', 'city', 'country', 'region', 'timezone'),
  approximate: object(contents('city', 'country', 'region', 'timezone'))
})

/** A text, several, or either in tokens; what else stands there (an image to embed) no detector of text can read. */
export const textOrTokens: FieldMap = {
  kinds: ['string', 'array'],
  tokens: true,
  items: { kinds: ['string', 'number', 'array', 'object'], tokens: true, forms: { member: 'type', of: {}, without: { unscanned: 'opaque' }, other: { unscanned: 'opaque' } } }
}
