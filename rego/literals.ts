/** Holds the literal parts of rules against the configuration: what is written out and wrong is refused before the start. */
import type { PolicyData } from '../core/pipeline/plugin.ts'
import type { Diagnostic, SyntaxTree } from './compiler/types.ts'
import { faultAt, kindOf, moduleOf, nameOf, type Rule, type Term } from './rules.ts'

/** Fields of each kind of rule that must be there, and those that may be. A mark takes any. */
const fieldsOf: Readonly<Record<string, { readonly needs: readonly string[], readonly may: readonly string[] | null }>> = {
  permit: { needs: ['id', 'endpoints'], may: ['unscanned', 'server_side'] },
  forbid: { needs: ['code'], may: ['message'] },
  block: { needs: ['code'], may: ['message'] },
  restrict: { needs: ['id', 'endpoints'], may: [] },
  redact: { needs: ['labels', 'operator'], may: [] },
  oblige: { needs: ['id', 'type'], may: null }
}

const operators = ['replace', 'mask', 'remove', 'hash', 'generalise', 'pseudonym', 'encrypt', 'drop_part']
const kinds = ['image', 'audio', 'file', 'token_array', 'remote', 'state', 'encrypted', 'binary', 'opaque']
const parametersOf: Readonly<Record<string, readonly string[] | null>> = {
  mark: null, response_mode: ['mode'], latency_budget: ['ms'], cost_budget: ['micros'], max_output_tokens: ['n'], require_reason: []
}

/** Faults of the heads of one file's rules. Computed values are held to the same at run time, where they deny. */
export function refuseLiterals (tree: SyntaxTree, gateway: PolicyData | null): Diagnostic[] {
  const module = moduleOf(tree)
  if (kindOf(module.package.path.slice(1).map(({ value }) => String(value))) === null) return []
  return (module.rules ?? []).flatMap(rule => complaints(rule, gateway).map(([term, message]) => faultAt(tree.path, term?.location ?? rule.location, 'policy_value_error', message)))
}

type Complaint = readonly [term: Term | undefined, message: string]

function complaints (rule: Rule, gateway: PolicyData | null): Complaint[] {
  const kind = nameOf(rule)
  const { key } = rule.head
  if (key === undefined) return []
  if (kind === 'classify') return known(key, gateway?.taxonomy.levels ?? null, 'a level of the taxonomy')
  const fields = fieldsOf[kind]
  if (fields === undefined || key.type === 'var' || key.type === 'ref' || key.type === 'call') return []
  if (key.type !== 'object') return [[key, `${kind} holds objects`]]
  const given = entriesOf(key)
  return [...misfits(kind, key, given, fields), ...values(kind, given, gateway)]
}

/** The pairs of an object term whose keys are written out. */
function entriesOf (term: Term): Map<string, Term> {
  const pairs = term.value as ReadonlyArray<readonly [Term, Term]>
  return new Map(pairs.flatMap(([key, value]) => key.type === 'string' ? [[String(key.value), value] as const] : []))
}

function misfits (kind: string, key: Term, given: ReadonlyMap<string, Term>, { needs, may }: { readonly needs: readonly string[], readonly may: readonly string[] | null }): Complaint[] {
  const missing = needs.filter(field => !given.has(field)).map((field): Complaint => [key, `${kind} needs ${field}`])
  const type = given.get('type')
  const parameters = kind === 'oblige' && type?.type === 'string' ? parametersOf[String(type.value)] : may
  if (parameters === null || parameters === undefined) return missing
  const needed = kind === 'oblige' ? parameters.filter(field => !given.has(field)).map((field): Complaint => [key, `${String(type?.value)} needs ${field}`]) : []
  const unknown = [...given].filter(([field]) => !needs.includes(field) && !parameters.includes(field)).map(([field, value]): Complaint => [value, `${kind} takes no ${field}`])
  return [...missing, ...needed, ...unknown]
}

function values (kind: string, given: ReadonlyMap<string, Term>, gateway: PolicyData | null): Complaint[] {
  const endpoints = gateway === null ? null : Object.keys(gateway.endpoints)
  const of = (field: string, check: (term: Term) => Complaint[]): Complaint[] => {
    const term = given.get(field)
    return term === undefined ? [] : check(term)
  }
  return [
    ...of('id', term => written(term, 'id')),
    ...of('code', term => written(term, 'code')),
    ...of('message', term => term.type === 'string' ? [] : [[term, 'message must be written out: callers are told no facts']]),
    ...of('endpoints', term => collection(term, item => known(item, endpoints, 'a configured endpoint'))),
    ...of('labels', term => collection(term, item => written(item, 'a label'))),
    ...of('unscanned', term => collection(term, item => known(item, kinds, 'an unscanned kind'))),
    ...of('server_side', term => collection(term, item => written(item, 'a name'))),
    ...of('operator', term => known(term, operators, 'a redaction operator')),
    ...kind === 'oblige' ? of('type', term => known(term, Object.keys(parametersOf), 'a type of obligation')) : []
  ]
}

function isComputed ({ type }: Term): boolean {
  return !['string', 'number', 'boolean', 'null', 'array', 'set', 'object'].includes(type)
}

function collection (term: Term, check: (item: Term) => Complaint[]): Complaint[] {
  if (isComputed(term)) return []
  if (term.type !== 'array' && term.type !== 'set') return [[term, 'must be a list or a set']]
  return (term.value as readonly Term[]).flatMap(check)
}

function written (term: Term, what: string): Complaint[] {
  const isName = term.type === 'string' && String(term.value) !== '' && String(term.value).length <= 128
  return isName || isComputed(term) ? [] : [[term, `${what} must be text of 1 to 128 characters`]]
}

/** `names` null: any text may stand. */
function known (term: Term, names: readonly string[] | null, what: string): Complaint[] {
  if (names === null) return written(term, what)
  if (isComputed(term) || (term.type === 'string' && names.includes(String(term.value)))) return []
  return [[term, `${term.type === 'string' ? String(term.value) : 'this'} is not ${what}: ${names.join(', ')}`]]
}
