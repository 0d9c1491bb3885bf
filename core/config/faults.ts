/** Gathers the faults of a configuration, each with its place and its cure. */
import { Ajv, type ErrorObject } from 'ajv'
import type { GatewayErrorCode } from '../errors.ts'
import type { JsonSchema } from '../pipeline/plugin.ts'
import type { Fault, Path, Place } from './types.ts'

type PlaceOf = (path: Path, part?: 'key' | 'value') => Place

export class Faults {
  readonly list: Fault[] = []
  readonly #placeOf: PlaceOf

  constructor (placeOf: PlaceOf) {
    this.#placeOf = placeOf
  }

  add (code: GatewayErrorCode, path: Path, message: string, fix: string, part: 'key' | 'value' = 'value'): void {
    this.list.push({ code, ...this.#placeOf(path, part), message, fix })
  }

  /** Checks `value`, which stands at `path`, against a schema; adds a fault for everything that differs. */
  check (schema: JsonSchema, value: unknown, path: Path): boolean {
    const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true, verbose: true }).compile(schema)
    if (validate(value)) return true
    const before = this.list.length
    for (const error of validate.errors ?? []) this.#addError(error, path)
    if (this.list.length === before) this.add('GW_CONFIG_INVALID', path, 'this is not what belongs here', 'see docs/configuration.md')
    return false
  }

  #addError (error: ErrorObject, path: Path): void {
    const at = [...path, ...stepsOf(error.instancePath)]
    const last = String(at.at(-1) ?? 'the configuration')
    const within = /^\d+$/.test(last) ? 'this entry' : last
    switch (error.keyword) {
      case 'additionalProperties': return this.#unknownKey(at, String(error.params['additionalProperty']), Object.keys((error.parentSchema?.['properties'] ?? {}) as object))
      case 'propertyNames': return this.add('GW_CONFIG_INVALID', [...at, String(error.params['propertyName'])], `${String(error.params['propertyName'])} is no name`, 'use letters, digits and . _ : / -', 'key')
      case 'required': return this.#missingKey(at, within, error)
      case 'oneOf': case 'anyOf': return this.add('GW_CONFIG_INVALID', at, `${within} has none, or more than one, of the keys that it takes one of`, choiceFix(error.parentSchema))
      default: return describesAnother(error) ? undefined : this.add('GW_CONFIG_INVALID', at, `${within} ${complaint(error)}`, fixOf(error))
    }
  }

  #unknownKey (at: Path, key: string, known: readonly string[]): void {
    const near = nearest(key, known)
    this.add('GW_CONFIG_UNKNOWN_KEY', [...at, key], `${key} is not known here`, near === null ? `remove it; known here: ${known.join(', ')}` : `did you mean ${near}?`, 'key')
  }

  /** A missing key inside a choice is told by the choice itself. */
  #missingKey (at: Path, within: string, error: ErrorObject): void {
    if (/\/(oneOf|anyOf|not)\//.test(error.schemaPath)) return
    const key = String(error.params['missingProperty'])
    this.add('GW_CONFIG_MISSING_KEY', at, `${within} needs ${key}`, `add ${key}`)
  }
}

/** `if`, `not` and inner `pattern` of property names only repeat what another error says better. */
function describesAnother ({ keyword, schemaPath }: ErrorObject): boolean {
  return keyword === 'if' || schemaPath.includes('/propertyNames/')
}

function stepsOf (pointer: string): string[] {
  return pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Says what is expected and never what stands there: it might be a secret in the wrong place. */
function complaint ({ keyword, params }: ErrorObject): string {
  switch (keyword) {
    case 'type': return `must be ${[params['type']].flat().join(' or ')}`
    case 'enum': return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`
    case 'uniqueItems': return 'holds something twice'
    case 'minItems': case 'minProperties': case 'minLength': return 'must not be empty'
    case 'maxProperties': return 'takes one key alone'
    case 'not': return 'holds keys that exclude each other'
    case 'minimum': return `must be at least ${String(params['limit'])}`
    default: return 'is not in the form it takes'
  }
}

function fixOf ({ keyword, parentSchema }: ErrorObject): string {
  const description: unknown = parentSchema?.['description']
  if (typeof description === 'string') return description
  return keyword === 'pattern' ? `the form is ${String(parentSchema?.['pattern'])}` : 'see docs/configuration.md'
}

function choiceFix (schema: Record<string, unknown> | undefined): string {
  const choices = (schema?.['oneOf'] ?? schema?.['anyOf']) as ReadonlyArray<{ readonly required?: readonly string[], readonly type?: string }> | undefined
  const keys = choices?.flatMap(({ required, type }) => required ?? (type === undefined ? [] : [`a ${type}`])) ?? []
  return keys.length === 0 ? 'see docs/configuration.md' : `give one of ${keys.join(', ')}`
}

/** The known name that is at most two edits away, or null. */
export function nearest (name: string, known: readonly string[]): string | null {
  const [best] = known.map(candidate => ({ candidate, edits: editsBetween(name, candidate) })).sort((a, b) => a.edits - b.edits)
  return best !== undefined && best.edits <= 2 && best.edits < name.length ? best.candidate : null
}

/** Levenshtein's distance. */
function editsBetween (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
