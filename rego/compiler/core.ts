/** The compiler's verbs over one instance in this thread. */
import { loadModule, shippedFiles } from './load.ts'
import type { CompilerFiles } from './load.ts'
import { startInstance } from './instance.ts'
import type { CompilerInstance } from './instance.ts'
import { RegoError } from './types.ts'
import type {
  BuildResult, BuiltinFunction, BuiltinRequest, CheckRequest, CompilerCore, Described, Diagnostic, EvaluateRequest, EvaluateResult, FileCoverage,
  FormattedModule, PolicyRequest, PolicyResult, QueryResult, RegoModule, RuleAt, Sources, TestOutcome, TestReport
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
  return openCompilerOf(loadModule(files))
}

/** The same for a module that was loaded before, with a clock of the caller's (nanoseconds since 1970); left out: the machine's. */
export function openCompilerOf (module: WebAssembly.Module, clock?: () => bigint): CompilerCore {
  let instance: CompilerInstance | null = startInstance(module, clock)
  return verbsOver(request => {
    const current = instance ?? startInstance(module, clock)
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
    policy: request => policyOf(ask(policyFields(request))),
    inspect: modules => ask({ verb: 'inspect', modules }) as Described[],
    test: request => reportOf(ask({
      verb: 'test', ...checkFields(request, false), filter: request.filter, coverage: request.coverage ?? true
    })),
    format: (modules: readonly RegoModule[]) => ask({ verb: 'format', modules }) as FormattedModule[],
    evaluate: request => evaluatedOf(ask(evaluateFields(request))),
    builtins: () => ask({ verb: 'builtins' }) as BuiltinFunction[],
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

function policyFields (request: PolicyRequest): Record<string, unknown> {
  return { verb: 'policy', ...checkFields(request, false), entrypoints: request.entrypoints, known: request.known, check_only: request.checkOnly }
}

function evaluateFields (request: EvaluateRequest): Record<string, unknown> {
  return {
    verb: 'eval',
    ...sourceFields(request),
    query: request.query,
    input_text: request.inputText ?? JSON.stringify(request.input),
    input_term: request.inputTerm,
    strict_errors: request.strictErrors,
    matched: request.matched
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
  return { wasm: bytesOf(built.wasm), entrypoints: built.entrypoints ?? [] }
}

function bytesOf (base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

interface PolicyAnswer {
  readonly diagnostics: readonly Diagnostic[]
  readonly wasm: string | null
  readonly tenants: ReadonlyArray<{ readonly name: string, readonly wasm: string }>
  readonly families_text: string
  readonly judges: boolean
  readonly formats: readonly string[]
  readonly computed_formats: boolean
}

function policyOf (answer: unknown): PolicyResult {
  const { diagnostics, wasm, tenants, families_text: familiesText, judges, formats, computed_formats: isComputed } = answer as PolicyAnswer
  const code = new Map(tenants.map(({ name, wasm: own }) => [name, bytesOf(own)]))
  return { diagnostics, wasm: wasm === null ? null : bytesOf(wasm), tenants: code, familiesText, judges, formats: isComputed ? null : formats }
}

interface TestAnswer {
  readonly tests: ReadonlyArray<Omit<TestOutcome, 'durationUs'> & { readonly duration_us: number }>
  readonly coverage: ReadonlyArray<{
    readonly file: string
    readonly covered_lines: number
    readonly not_covered_lines: number
    readonly not_covered: FileCoverage['notCovered']
  }>
  readonly unseen: readonly RuleAt[]
  readonly wasm: string | null
  readonly families_text: string
}

function reportOf (answer: unknown): TestReport {
  const { tests, coverage, unseen, wasm, families_text: familiesText } = answer as TestAnswer
  return {
    unseen,
    wasm: wasm === null ? null : bytesOf(wasm),
    familiesText,
    tests: tests.map(({ duration_us: durationUs, ...test }) => ({ ...test, durationUs })),
    coverage: coverage.map(file => ({
      file: file.file,
      coveredLines: file.covered_lines,
      notCoveredLines: file.not_covered_lines,
      notCovered: file.not_covered
    }))
  }
}

function evaluatedOf (answer: unknown): EvaluateResult {
  const { results_text: resultsText, matched } = answer as { results_text: string, matched: readonly RuleAt[] }
  const text = resultsText.trimEnd()
  return { results: JSON.parse(text) as QueryResult[], text, matched }
}

function calledOf (answer: unknown): { termText: string, valueText: string } | null {
  const called = answer as { defined: boolean, term_text: string, value_text: string }
  return called.defined ? { termText: called.term_text, valueText: called.value_text.trimEnd() } : null
}
