/** What goes into the Rego compiler and what comes out of it. */

/** One Rego source file. `path` is the name that diagnostics carry; it is never opened. */
export interface RegoModule {
  readonly path: string
  readonly text: string
}

/** One fault and its place. `row` and `column` count from 1, 0 is unknown; `code` is OPA's own, such as `rego_type_error`. */
export interface Diagnostic {
  readonly file: string
  readonly row: number
  readonly column: number
  readonly code: string
  readonly message: string
  /** Left out: a fault, which refuses a policy. A finding refuses it where it is checked, not where it is loaded; a warning nowhere. */
  readonly severity?: 'finding' | 'warning'
}

/**
 * The request was refused or failed. `diagnostics` has at least one entry, in the order of their places. Codes beside
 * OPA's: `rego_error` (no code of OPA's), `rego_timeout` (deadline), `rego_crash` (the compiler itself failed),
 * `rego_closed` (called after close).
 */
export class RegoError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor (diagnostics: readonly Diagnostic[], options?: ErrorOptions) {
    super(diagnostics.map(describeDiagnostic).join('\n'), options)
    this.name = 'RegoError'
    this.diagnostics = diagnostics
  }

  /** A fault that stands in no file. */
  static of (code: string, message: string, options?: ErrorOptions): RegoError {
    return new RegoError([{ file: '', row: 0, column: 0, code, message }], options)
  }
}

/** `<file>:<row>:<column>: <code>: <message>`; without a file only code and message. */
export function describeDiagnostic (fault: Diagnostic): string {
  const place = fault.file === '' ? '' : `${fault.file}:${fault.row}:${fault.column}: `
  return `${place}${fault.code}: ${fault.message}`
}

/** The sources of a request and what they may use. */
export interface Sources {
  readonly modules: readonly RegoModule[]
  /** The base document, an object. Compiling needs it only to find paths that rules and data both claim. */
  readonly data?: unknown
  /** The same as JSON text, where numbers must stay exact; wins over `data`. */
  readonly dataText?: string
  /** `policy` (default): no network, clock, randomness or other builtin that OPA marks nondeterministic. */
  readonly builtins?: 'policy' | 'all'
  /** Names of further builtins to refuse, such as those that the runtime does not serve. */
  readonly forbid?: readonly string[]
}

export interface CheckRequest extends Sources {
  /** A JSON schema that becomes the type of `input`: a reference to a field it does not have is a fault. */
  readonly schema?: unknown
  /** OPA's strict mode (unused imports and variables, deprecated builtins). Default: true in check, else false. */
  readonly strict?: boolean
}

export interface BuildRequest extends CheckRequest {
  /** Rules by path, `gateway/decision`; none: those that METADATA marks as entry points. */
  readonly entrypoints: readonly string[]
}

export interface BuildResult {
  readonly wasm: Uint8Array
  /** Sorted; their numbers are in the module's own `entrypoints()`. */
  readonly entrypoints: readonly string[]
}

/** Names that a configuration gives: what rules write out is held against them. */
export interface KnownNames {
  readonly endpoints: readonly string[]
  readonly models: readonly string[]
  readonly levels: readonly string[]
}

/** A policy folder: the library's modules below `library/`, the author's below `policy/`, those of a tenant below `policy/tenants/<name>/`. */
export interface PolicyRequest extends BuildRequest {
  readonly known: KnownNames | null
  /** No code is made. Default false. */
  readonly checkOnly?: boolean
}

export interface PolicyResult {
  /** Faults, findings and warnings of all files, by place. */
  readonly diagnostics: readonly Diagnostic[]
  /** Null where there is a fault, or a check alone was asked for. */
  readonly wasm: Uint8Array | null
  /** The same with the rules of one tenant, by tenant. */
  readonly tenants: ReadonlyMap<string, Uint8Array>
  /** Data that belongs to the code, a JSON object: `data.sallyport.families`. */
  readonly familiesText: string
  /** Some rule judges answers. */
  readonly judges: boolean
  /** What rules give to `sprintf`; null where one is not written out. */
  readonly formats: readonly string[] | null
}

export interface TestRequest extends CheckRequest {
  /** A regular expression (RE2) over `data.<package>.<name>`; default all tests. */
  readonly filter?: string
  /** Default true. */
  readonly coverage?: boolean
}

export interface TestOutcome {
  readonly file: string
  readonly row: number
  /** `data.gateway_test`. */
  readonly package: string
  readonly name: string
  readonly outcome: 'pass' | 'fail' | 'error' | 'skip'
  readonly durationUs: number
  /** What the test printed. */
  readonly output: string
  /** The error, or the place and text of the expression that did not hold. */
  readonly message: string
  /** The test's entry point in the report's module. */
  readonly entrypoint: string
  /** What a test of several cases makes of them, as JSON text; else empty. */
  readonly cases: string
}

/** A rule of an author that the library combines, such as a permit, by the place of its head. */
export interface RuleAt {
  readonly file: string
  readonly row: number
  readonly column: number
  /** `data.gateway.policy.area`. */
  readonly package: string
  readonly name: string
}

/** Lines with expressions that the tests reached or not; `notCovered` are [first row, last row]. */
export interface FileCoverage {
  readonly file: string
  readonly coveredLines: number
  readonly notCoveredLines: number
  readonly notCovered: ReadonlyArray<readonly [number, number]>
}

/** Tests in the order of file and row; coverage of every file that is not itself `_test.rego`. */
export interface TestReport {
  readonly tests: readonly TestOutcome[]
  readonly coverage: readonly FileCoverage[]
  /** Rules below `policy/` that no test saw true; empty without coverage. */
  readonly unseen: readonly RuleAt[]
  /** The tests as WebAssembly beside the rules as they are enforced; null where none ran. */
  readonly wasm: Uint8Array | null
  /** As in {@link PolicyResult}. */
  readonly familiesText: string
}

/** What one METADATA block says of a package or a rule. */
export interface Described {
  /** Without `data`. */
  readonly path: string
  readonly scope: 'rule' | 'document' | 'package' | 'subpackages'
  readonly title: string
  readonly description: string
  readonly arguments: readonly string[]
}

export interface FormattedModule extends RegoModule {
  readonly changed: boolean
}

export interface QueryRequest extends Sources {
  readonly query: string
}

export interface EvaluateRequest extends QueryRequest {
  /** Left out: `input` is undefined. */
  readonly input?: unknown
  /** The same as JSON text; wins over `input`. */
  readonly inputText?: string
  /** The same as the text of a Rego term (it may hold sets); wins over both. */
  readonly inputTerm?: string
  /** An error within a builtin ends the evaluation instead of being undefined. Default false. */
  readonly strictErrors?: boolean
  /** Also tell which rules were true on the way. Default false. */
  readonly matched?: boolean
}

/** One way to satisfy a query. */
export interface QueryResult {
  readonly expressions: ReadonlyArray<{ readonly value: unknown, readonly text: string }>
  readonly bindings?: Readonly<Record<string, unknown>>
}

export interface EvaluateResult {
  /** Empty: the query is undefined. Sets are arrays in OPA's order. */
  readonly results: readonly QueryResult[]
  /** The same as JSON text with exact numbers. */
  readonly text: string
  /** Rules that the library combines and that were true; empty where not asked for. */
  readonly matched: readonly RuleAt[]
}

export interface BuiltinRequest {
  readonly name: string
  readonly arguments?: readonly unknown[]
  /** The list as JSON text or as a Rego array (it may hold sets); wins over `arguments`. */
  readonly argumentsText?: string
  readonly builtins?: 'policy' | 'all'
  /** Starts a new evaluation: a new reading of the clock and an empty cache. */
  readonly begin?: boolean
}

/** The value as a Rego term (`{1, 2}` is a set) and as JSON text, both with exact numbers; null is undefined. */
export interface BuiltinResult {
  readonly termText: string
  readonly valueText: string
}

/** One function of OPA as policies may call it. */
export interface BuiltinFunction {
  readonly name: string
  /** Arguments of a call that gives a value. */
  readonly arity: number
  /** True for `walk`, whose last argument takes one pair after the other. */
  readonly relation: boolean
  /** True for what policies may not call: the network, the clock, chance. */
  readonly refused: boolean
  /** True for what Rego v1 itself refuses. */
  readonly deprecated: boolean
}

/** The compiler in this thread: every call blocks it until it is answered. Errors are {@link RegoError}. */
export interface CompilerCore {
  build (request: BuildRequest): BuildResult
  /** One query over modules as WebAssembly: its entry point 0 answers the set of bindings. */
  buildQuery (request: QueryRequest): BuildResult
  /** Every fault of all files; empty means accepted. */
  check (request: CheckRequest): readonly Diagnostic[]
  policy (request: PolicyRequest): PolicyResult
  /** What METADATA says of modules, by path and place. */
  inspect (modules: readonly RegoModule[]): readonly Described[]
  /** Runs the `test_` rules in OPA's interpreter. A failed test is an outcome, not an error. */
  test (request: TestRequest): TestReport
  format (modules: readonly RegoModule[]): readonly FormattedModule[]
  /** Answers a query by OPA's interpreter. */
  evaluate (request: EvaluateRequest): EvaluateResult
  /** All functions of OPA, but for those that only the compiler calls. */
  builtins (): readonly BuiltinFunction[]
  builtin (request: BuiltinRequest): BuiltinResult | null
  /** The version of OPA inside. */
  version (): string
}

/** The compiler in a thread of its own: the same calls, awaited, each under the deadline. */
export type Compiler = {
  [Name in keyof CompilerCore]: (...given: Parameters<CompilerCore[Name]>) => Promise<ReturnType<CompilerCore[Name]>>
} & {
  /** Ends the thread; calls that still wait fail with `rego_closed`. */
  close (): Promise<void>
}
