/** OPA's own conformance cases for Rego v1, from the release that the compiler pins, and how an answer is held against one. */
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { packageFile } from '../../core/package.ts'
import { type CaseAnswer, type CaseEngine, type EvaluationCase } from '../cases.ts'
import { compareTerms, jsonOf, readTerm, type Term } from '../engine/term.ts'

export interface ConformanceCase extends EvaluationCase {
  readonly id: string
  /** The folder of the case in OPA's sources. */
  readonly category: string
  /** Sets of bindings as terms; null where an error is wanted. */
  readonly wantResults: readonly Term[] | null
  readonly wantErrorCode: string | null
  readonly wantError: string | null
  /** Lists in bindings are compared as sets. */
  readonly sortBindings: boolean
  readonly ignoreGenerated: boolean
}

/** Sorted by name. */
export function conformanceCases (): readonly ConformanceCase[] {
  const text = brotliDecompressSync(readFileSync(packageFile('rego/conformance/cases.ndjson.br'))).toString('utf8')
  return text.trimEnd().split('\n').map(caseOf)
}

function caseOf (line: string): ConformanceCase {
  const one = readTerm(line)
  const field = (name: string): Term | null => one.kind === 'object' ? one.pairs.find(([key]) => key.kind === 'string' && key.value === name)?.[1] ?? null : null
  const text = (name: string): string | null => textOf(field(name))
  const flag = (name: string): boolean => isTrue(field(name))
  const json = (name: string): string | null => textIn(field(name))
  const wanted = field('want_result')
  return {
    id: text('note') ?? '',
    category: text('category') ?? '',
    query: text('query') ?? '',
    modules: itemsOf(field('modules')).map((item, index) => ({ path: `module-${index}.rego`, text: textOf(item) ?? '' })),
    dataText: json('data'),
    inputText: json('input'),
    inputTerm: text('input_term'),
    strictError: flag('strict_error'),
    wantResults: wanted === null ? null : itemsOf(wanted),
    wantErrorCode: text('want_error_code'),
    wantError: text('want_error'),
    sortBindings: flag('sort_bindings'),
    ignoreGenerated: flag('ignore_generated_vars')
  }
}

function itemsOf (term: Term | null): readonly Term[] {
  return term?.kind === 'array' || term?.kind === 'set' ? term.items : []
}

function textOf (term: Term | null): string | null {
  return term?.kind === 'string' ? term.value : null
}

function textIn (term: Term | null): string | null {
  return term === null ? null : jsonOf(term)
}

function isTrue (term: Term | null): boolean {
  return term?.kind === 'boolean' && term.value
}

/** Why the answer is not the one that is wanted, or null. */
export function misfit (wanted: ConformanceCase, answer: CaseAnswer, engine: CaseEngine): string | null {
  if ('unsupported' in answer) return `${answer.unsupported} is not served`
  if (wanted.wantResults !== null && !(engine === 'opa' && wanted.strictError && wanted.wantErrorCode !== null)) return 'error' in answer ? `error ${answer.error.code}: ${answer.error.message}` : unequal(wanted, wanted.wantResults, answer.results)
  if (engine === 'wasm' && wanted.strictError) return 'results' in answer && answer.results.length === 0 ? null : 'it should be undefined' // as OPA's own runner of WebAssembly has it
  if (!('error' in answer)) return 'an error was wanted'
  if (wanted.wantErrorCode !== null && answer.error.code !== wanted.wantErrorCode) return `the error should be ${wanted.wantErrorCode}, not ${answer.error.code}: ${answer.error.message}`
  return null
}

function unequal (wanted: ConformanceCase, results: readonly Term[], answered: readonly string[]): string | null {
  const left = setOf(results.map(result => bindingsOf(result, wanted)))
  const right = setOf(answered.map(result => bindingsOf(readTerm(result), wanted)))
  return compareTerms(left, right) === 0 ? null : `wanted ${jsonOf(left)}, answered ${jsonOf(right)}`
}

function setOf (items: readonly Term[]): Term {
  const sorted = [...items].sort(compareTerms)
  return { kind: 'array', items: sorted.filter((item, index) => index === 0 || compareTerms(item, sorted[index - 1] ?? item) !== 0) }
}

function bindingsOf (result: Term, { sortBindings, ignoreGenerated }: ConformanceCase): Term {
  if (result.kind !== 'object') return result
  const kept = result.pairs.filter(([key]) => !(ignoreGenerated && key.kind === 'string' && key.value.startsWith('__localq')))
  return { kind: 'object', pairs: kept.map(([key, value]) => [key, sortBindings && value.kind === 'array' ? { kind: 'array', items: [...value.items].sort(compareTerms) } : value]) }
}

/** Cases that do not hold, each with why: by the engine. The list may only shrink: one that holds is told too. */
export type Exceptions = Readonly<Record<CaseEngine, Readonly<Record<string, string>>>>

export function conformanceExceptions (): Exceptions {
  return JSON.parse(readFileSync(packageFile('rego/conformance/exceptions.json'), 'utf8')) as Exceptions
}
