/** Runs the tests of a policy folder twice: in OPA's own interpreter, and in the WebAssembly that is enforced. A difference is a failure. */
import { familiesOf, named } from './build.ts'
import { withCompiler } from './compile.ts'
import { RegoError, type Diagnostic, type FileCoverage, type RuleAt, type TestOutcome, type TestReport } from './compiler/compiler.ts'
import { openRunner, type RunAnswer } from './engine/runner.ts'
import { readValue } from './engine/term.ts'
import { libraryModules } from './library.ts'
import { readPolicyFolder, type PolicySources } from './sources.ts'

/** One test in both engines. `failed` holds why, or null where it passed in both. */
export interface TestedOutcome extends TestOutcome {
  readonly failed: string | null
}

export interface PolicyTest {
  readonly tests: readonly TestedOutcome[]
  readonly coverage: readonly FileCoverage[]
  /** Rules that no test saw true, of the kinds that deny or narrow: what they are for is untested. */
  readonly unseen: readonly RuleAt[]
  /** What keeps the tests from running; `tests` is then empty. */
  readonly faults: readonly Diagnostic[]
}

/** How long all tests of a folder may run in WebAssembly, in milliseconds. */
const deadlineMs = 30_000

/** Never throws for what an author wrote. @param filter a regular expression (RE2) over `data.<package>.<name>` */
export async function testPolicy (dir: string, filter: string | null = null): Promise<PolicyTest> {
  try {
    const sources = readPolicyFolder(dir)
    const report = await interpreted(sources, filter)
    const tests = await enforced(report, sources)
    const place = <T extends { readonly file: string }>(one: T): T => ({ ...one, file: fileOf(one.file, dir) })
    const unseen = report.unseen.filter(({ name }) => ['forbid', 'restrict', 'block'].includes(name))
    const coverage = report.coverage.filter(({ file }) => file.startsWith('policy/'))
    return { tests: tests.map(place), coverage: coverage.map(place), unseen: unseen.map(place), faults: named(sources.faults, dir) }
  } catch (thrown) {
    if (!(thrown instanceof RegoError)) throw thrown
    return { tests: [], coverage: [], unseen: [], faults: named(thrown.diagnostics, dir) }
  }
}

function fileOf (file: string, dir: string): string {
  return named([{ file, row: 1, column: 1, code: '', message: '' }], dir)[0]?.file ?? file
}

async function interpreted ({ modules, tests, tenants, data }: PolicySources, filter: string | null): Promise<TestReport> {
  const authored = [...modules, ...[...tenants.values()].flat(), ...tests].map(({ path, text }) => ({ path: `policy/${path}`, text }))
  return await withCompiler(async compiler => await compiler.test({ modules: [...libraryModules(), ...authored], data, ...filter === null ? {} : { filter } }))
}

async function enforced ({ tests, wasm, familiesText }: TestReport, { data }: PolicySources): Promise<TestedOutcome[]> {
  const asked = tests.filter(({ outcome }) => outcome !== 'skip')
  if (wasm === null) return tests.map(test => ({ ...test, failed: failureOf(test) }))
  const runner = openRunner({ deadlineMs, evaluator: true })
  try {
    const answers = await runner.run({ wasm, dataText: JSON.stringify({ ...data, ...familiesOf(familiesText) }), questions: asked.map(({ entrypoint }) => ({ entrypoint, inputText: null })) })
    return tests.map(test => {
      const answer = answers[asked.indexOf(test)]
      return { ...test, failed: failureOf(test) ?? (answer === undefined ? null : difference(test, answer)) }
    })
  } finally {
    await runner.close()
  }
}

function failureOf ({ outcome, message }: TestOutcome): string | null {
  return outcome === 'pass' || outcome === 'skip' ? null : message === '' ? outcome : message
}

/** Why a test that passed in OPA's interpreter does not in WebAssembly, or null. */
function difference ({ cases }: TestOutcome, answer: RunAnswer): string | null {
  if (!('text' in answer)) return `passes in OPA's interpreter, and fails in the WebAssembly that is enforced: ${answer.message}`
  const [result] = readValue(answer.text) as Array<{ readonly result: unknown }>
  const passes = result !== undefined && result.result !== false
  if (!passes) return 'passes in OPA\'s interpreter, and is not true in the WebAssembly that is enforced'
  if (cases === '' || sorted(result.result) === sorted(JSON.parse(cases))) return null
  return 'its cases differ between OPA\'s interpreter and the WebAssembly that is enforced'
}

function sorted (value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1)) : item)
}
