/** The compiler's verbs over one instance in this thread. */
import { loadModule, shippedFiles } from './load.ts'
import type { CompilerFiles } from './load.ts'
import { startInstance } from './instance.ts'
import type { CompilerInstance } from './instance.ts'
import { RegoError } from './types.ts'
import type {
  BuildResult, BuiltinRequest, CheckRequest, CompilerCore, Diagnostic, EvaluateRequest, FileCoverage, FormattedModule,
  QueryResult, RegoModule, Sources, SyntaxTree, TestOutcome, TestReport
} from './types.ts'

/** Go's heap never shrinks; an instance that grew beyond this is given up after its call. */
const maxHeapBytes = 256 * 1024 * 1024

interface Response {
  readonly answer?: unknown
  readonly diagnostics?: readonly Diagnostic[]
  readonly panic?: string
  readonly stack?: string
  readonly heap_bytes: number
}

/**
 * Loads the compiler into this thread. Deep sources need a deep stack: run it in a worker with 16 MB of it, as
 * `startCompiler` does. Nothing interrupts a call from within.
 */
export function openCompiler (files: CompilerFiles = shippedFiles): CompilerCore {
  const module = loadModule(files)
  let instance: CompilerInstance | null = startInstance(module)
  return verbsOver(request => {
    const current = instance ?? startInstance(module)
    instance = null
    const response = callInstance(current, JSON.stringify(request))
    if (response.heap_bytes <= maxHeapBytes) instance = current
    return answerOf(response)
  })
}

function callInstance (instance: CompilerInstance, request: string): Response {
  try {
    return JSON.parse(instance.call(request)) as Response
  } catch (cause) {
    const words = instance.lastWords()
    throw RegoError.of('rego_crash', `the compiler failed: ${String(cause)}${words === '' ? '' : `\n${words}`}`, { cause })
  }
}

function answerOf (response: Response): unknown {
  if (response.panic !== undefined) {
    throw RegoError.of('rego_crash', `the compiler failed: ${response.panic}`, { cause: response.stack })
  }
  if (response.diagnostics !== undefined) throw new RegoError(response.diagnostics)
  return response.answer
}

type Ask = (request: Readonly<Record<string, unknown>>) => unknown

function verbsOver (ask: Ask): CompilerCore {
  return {
    build: request => builtOf(ask({ verb: 'build', ...checkFields(request, false), entrypoints: request.entrypoints })),
    buildQuery: request => builtOf(ask({ verb: 'query', ...sourceFields(request), query: request.query })),
    check: request => (ask({ verb: 'check', ...checkFields(request, true) }) as { diagnostics: Diagnostic[] }).diagnostics,
    parse: modules => ask({ verb: 'parse', modules }) as SyntaxTree[],
    test: request => reportOf(ask({
      verb: 'test', ...checkFields(request, false), filter: request.filter, coverage: request.coverage ?? true
    })),
    format: (modules: readonly RegoModule[]) => ask({ verb: 'format', modules }) as FormattedModule[],
    evaluate: request => evaluatedOf(ask(evaluateFields(request))),
    builtin: request => calledOf(ask(builtinFields(request))),
    version: () => (ask({ verb: 'version' }) as { opa: string }).opa
  }
}

function sourceFields (request: Sources): Record<string, unknown> {
  return {
    modules: request.modules,
    data_text: request.dataText ?? JSON.stringify(request.data),
    builtins: request.builtins,
    forbid: request.forbid
  }
}

function checkFields (request: CheckRequest, strict: boolean): Record<string, unknown> {
  return { ...sourceFields(request), schema: request.schema, strict: request.strict ?? strict }
}

function evaluateFields (request: EvaluateRequest): Record<string, unknown> {
  return {
    verb: 'eval',
    ...sourceFields(request),
    query: request.query,
    input_text: request.inputText ?? JSON.stringify(request.input),
    input_term: request.inputTerm,
    strict_errors: request.strictErrors
  }
}

function builtinFields (request: BuiltinRequest): Record<string, unknown> {
  return {
    verb: 'builtin',
    name: request.name,
    arguments_text: request.argumentsText ?? JSON.stringify(request.arguments ?? []),
    builtins: request.builtins,
    begin: request.begin
  }
}

function builtOf (answer: unknown): BuildResult {
  const built = answer as { wasm: string, entrypoints: string[] | null }
  return { wasm: new Uint8Array(Buffer.from(built.wasm, 'base64')), entrypoints: built.entrypoints ?? [] }
}

interface TestAnswer {
  readonly tests: ReadonlyArray<Omit<TestOutcome, 'durationUs'> & { readonly duration_us: number }>
  readonly coverage: ReadonlyArray<{
    readonly file: string
    readonly covered_lines: number
    readonly not_covered_lines: number
    readonly not_covered: FileCoverage['notCovered']
  }>
}

function reportOf (answer: unknown): TestReport {
  const { tests, coverage } = answer as TestAnswer
  return {
    tests: tests.map(({ duration_us: durationUs, ...test }) => ({ ...test, durationUs })),
    coverage: coverage.map(file => ({
      file: file.file,
      coveredLines: file.covered_lines,
      notCoveredLines: file.not_covered_lines,
      notCovered: file.not_covered
    }))
  }
}

function evaluatedOf (answer: unknown): { results: QueryResult[], text: string } {
  const text = (answer as { results_text: string }).results_text.trimEnd()
  return { results: JSON.parse(text) as QueryResult[], text }
}

function calledOf (answer: unknown): { termText: string, valueText: string } | null {
  const called = answer as { defined: boolean, term_text: string, value_text: string }
  return called.defined ? { termText: called.term_text, valueText: called.value_text.trimEnd() } : null
}
