/** Runs OPA's conformance cases: `npm run conformance`. Prints what differs from the checked-in exceptions; exit code 1 where anything does. */
import { cpus } from 'node:os'
import { evaluateCase, type CaseEngine } from '../cases.ts'
import { startCompiler } from '../compiler/compiler.ts'
import { openRunner } from '../engine/runner.ts'
import { conformanceCases, conformanceExceptions, misfit, type ConformanceCase } from './suite.ts'

export interface ConformanceReport {
  readonly passed: number
  /** Not as wanted, and not excepted: why, by case. */
  readonly failed: ReadonlyMap<string, string>
  /** Excepted, and as wanted. */
  readonly needless: readonly string[]
}

export async function runConformance (engine: CaseEngine, cases: readonly ConformanceCase[]): Promise<ConformanceReport> {
  const compiler = await startCompiler({ deadlineMs: 30_000 })
  const runner = openRunner({ deadlineMs: 10_000, evaluator: true })
  const excepted = conformanceExceptions()[engine]
  const failed = new Map<string, string>()
  const needless: string[] = []
  let passed = 0
  try {
    await inParallel(cases, 4, async one => {
      const why = misfit(one, await evaluateCase(one, engine, compiler, runner), engine)
      if (why === null) passed++
      if (why === null && Object.hasOwn(excepted, one.id)) needless.push(one.id)
      if (why !== null && !Object.hasOwn(excepted, one.id)) failed.set(one.id, why)
    })
  } finally {
    await Promise.all([compiler.close(), runner.close()])
  }
  return { passed, failed, needless }
}

/** The next is begun as soon as one ends: compiling and evaluating overlap. */
async function inParallel<T> (items: readonly T[], at: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  await Promise.all(Array.from({ length: at }, async () => { for (const item of left) await work(item) }))
}

async function main (): Promise<void> {
  const cases = conformanceCases()
  for (const engine of ['opa', 'wasm'] as const) {
    const started = performance.now()
    const { passed, failed, needless } = await runConformance(engine, cases)
    console.log(`${engine}: ${passed} of ${cases.length} cases as OPA has them, ${Math.round((performance.now() - started) / 1000)} s on ${cpus().length} processors`)
    for (const [name, why] of failed) console.log(`${engine}: ${name}: ${why}`)
    for (const name of needless) console.log(`${engine}: ${name}: is excepted and holds: take it out`)
    if (failed.size + needless.length > 0) process.exitCode = 1
  }
}

if (process.argv[1] === import.meta.filename) await main()
