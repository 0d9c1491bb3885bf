/**
 * Evaluates cases that bring their own modules, as OPA's conformance cases do, in OPA's interpreter or in the WebAssembly that
 * is enforced. All of OPA's builtins are there, but for the network.
 */
import { RegoError, type Compiler, type RegoModule } from './compiler/types.ts'
import type { RunAnswer, Runner } from './engine/runner.ts'
import { jsonOf, readTerm, textOf, type Term } from './engine/term.ts'

export type CaseEngine = 'wasm' | 'opa'

/** A case as it stands in a line of JSON. */
export interface EvaluationCase {
  readonly query: string
  readonly modules: readonly RegoModule[]
  /** JSON texts, numbers as they were written; null: none. */
  readonly dataText: string | null
  readonly inputText: string | null
  /** The input as a term of Rego; wins over `inputText`. */
  readonly inputTerm: string | null
  /** An error within a builtin is an error of the case: in OPA's interpreter alone, WebAssembly has no such mode. */
  readonly strictError: boolean
}

/** `results`: JSON objects by name of the query's variables, as texts with exact numbers. */
export type CaseAnswer =
  | { readonly results: readonly string[] }
  | { readonly error: { readonly code: string, readonly message: string } }
  | { readonly unsupported: string }

/** Reads one line; the id is JSON, text or a number. Throws SyntaxError that says what is wrong with it. */
export function readCase (line: string): { readonly id: string, readonly one: EvaluationCase } {
  const term = readTerm(line)
  if (term.kind !== 'object') throw new SyntaxError('a case is a JSON object')
  const fields = new Map(term.pairs.map(([key, value]) => [key.kind === 'string' ? key.value : '', value]))
  const text = (name: string): string | null => {
    const value = fields.get(name)
    if (value === undefined || value.kind === 'null') return null
    if (value.kind !== 'string') throw new SyntaxError(`${name} must be text`)
    return value.value
  }
  const json = (name: string): string | null => {
    const value = fields.get(name)
    return value === undefined ? null : jsonOf(value)
  }
  const query = text('query')
  if (query === null) throw new SyntaxError('query is missing')
  const strict = fields.get('strict_error')
  const id = fields.get('id')
  if (id?.kind !== 'string' && id?.kind !== 'number') throw new SyntaxError('id is missing')
  const one = {
    query,
    modules: modulesOf(fields.get('modules')),
    dataText: json('data') === 'null' ? null : json('data'),
    inputText: json('input'),
    inputTerm: text('input_term'),
    strictError: strict?.kind === 'boolean' && strict.value
  }
  return { id: jsonOf(id), one }
}

function modulesOf (value: Term | undefined): RegoModule[] {
  if (value === undefined || value.kind === 'null') return []
  if (value.kind !== 'array') throw new SyntaxError('modules must be a list of texts')
  return value.items.map((item, index) => {
    if (item.kind !== 'string') throw new SyntaxError('modules must be a list of texts')
    return { path: `module-${index}.rego`, text: item.value }
  })
}

/** Never throws for what a case holds. */
export async function evaluateCase (one: EvaluationCase, engine: CaseEngine, compiler: Compiler, runner: Runner): Promise<CaseAnswer> {
  try {
    return engine === 'opa' ? await interpret(one, compiler) : await enforce(one, compiler, runner)
  } catch (thrown) {
    if (!(thrown instanceof RegoError)) throw thrown
    const [first] = thrown.diagnostics
    return { error: { code: first?.code ?? 'rego_error', message: first?.message ?? 'the case failed' } }
  }
}

async function interpret (one: EvaluationCase, compiler: Compiler): Promise<CaseAnswer> {
  const { text } = await compiler.evaluate({
    modules: one.modules,
    query: one.query,
    builtins: 'all',
    strictErrors: one.strictError,
    ...one.dataText === null ? {} : { dataText: one.dataText },
    ...one.inputText === null ? {} : { inputText: one.inputText },
    ...one.inputTerm === null ? {} : { inputTerm: one.inputTerm }
  })
  return { results: itemsOf(readTerm(text)).map(result => jsonOf(memberOf(result, 'bindings') ?? { kind: 'object', pairs: [] })) }
}

async function enforce (one: EvaluationCase, compiler: Compiler, runner: Runner): Promise<CaseAnswer> {
  const { wasm } = await compiler.buildQuery({ modules: one.modules, query: one.query, builtins: 'all' })
  const [answer] = await runner.run({ wasm, dataText: one.dataText ?? '{}', questions: [{ entrypoint: 0, inputText: one.inputTerm === null ? one.inputText : plainTerm(one.inputTerm) }] })
  return answer === undefined ? { results: [] } : enforced(answer)
}

/** WebAssembly reads less of Rego than OPA does, and takes what it cannot read for no input at all. */
function plainTerm (text: string): string {
  try {
    return textOf(readTerm(text))
  } catch (cause) {
    throw RegoError.of('rego_parse_error', 'the input is no term of Rego that WebAssembly can read', { cause })
  }
}

function enforced (answer: RunAnswer): CaseAnswer {
  if ('text' in answer) return { results: itemsOf(readTerm(answer.text)).map(jsonOf) }
  const unserved = /needs the builtin (\S+), which is not served/.exec(answer.message)?.[1]
  if (unserved !== undefined) return { unsupported: unserved }
  return { error: { code: answer.kind === 'conflict' ? 'eval_conflict_error' : answer.kind === 'timeout' ? 'eval_cancel_error' : 'eval_internal_error', message: answer.message } }
}

function itemsOf (term: Term): readonly Term[] {
  return term.kind === 'array' || term.kind === 'set' ? term.items : []
}

function memberOf (term: Term, name: string): Term | null {
  if (term.kind !== 'object') return null
  return term.pairs.find(([key]) => key.kind === 'string' && key.value === name)?.[1] ?? null
}

/** The answer as a line. */
export function writeAnswer (id: string, answer: CaseAnswer): string {
  if ('results' in answer) return `{"id":${id},"results":[${answer.results.join(',')}]}`
  return `{"id":${id},${JSON.stringify(answer).slice(1)}`
}
