import { withCompiler } from '../../../rego/compile.ts'
import { testPolicy, type PolicyTest } from '../../../rego/test.ts'
import { watchPath } from '../../../rego/watch.ts'
import { exitCodes, print, tell, type Command } from '../command.ts'
import { shortPath } from '../faults.ts'
import { printFaults } from './faults.ts'
import { folderOf } from './folder.ts'

export const command: Command = {
  name: 'policy test',
  usage: `usage: sallyport policy test DIR [--filter REGEX] [--json] [--watch]

Runs the rules named test_... of a policy folder, with the library beside them: data.gateway.decision is there to be asked.
Every test runs twice, in OPA's own interpreter and in the WebAssembly that is enforced; a difference is a failure. Tells
the lines that no test reached, and every forbid, restrict and block that no test saw true.

  --filter REGEX   only tests whose data.PACKAGE.NAME matches; coverage is then left out
  --json           the whole report as one JSON object
  --watch          run again after every change, until interrupted

exit codes: 0 all passed, 1 a test failed, or none ran, or the policy has faults, 2 usage

example: sallyport policy test policy`,
  options: { filter: { type: 'string' }, json: { type: 'boolean' }, watch: { type: 'boolean' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const dir = folderOf(words)
    const filter = words.text('filter')
    const runOnce = async (): Promise<number> => {
      const report = await testPolicy(dir, filter)
      if (words.flag('json')) printJson(report)
      else summarise(report, filter === null)
      return isGood(report) ? exitCodes.ok : exitCodes.no
    }
    return words.flag('watch') ? await runAgain(dir, runOnce) : await runOnce()
  }
}

/** Keeps the compiler, which is slow to start, until the process is interrupted. */
async function runAgain (dir: string, runOnce: () => Promise<number>): Promise<number> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { interrupted.abort() })
  return await withCompiler(async () => {
    let code = await timed(runOnce)
    let running = Promise.resolve()
    watchPath(dir, interrupted.signal, () => { running = running.then(async () => { code = await timed(runOnce) }) })
    const awake = setInterval(() => {}, 60_000) // a watcher alone does not keep the process
    await new Promise(resolve => { interrupted.signal.addEventListener('abort', resolve) })
    clearInterval(awake)
    await running
    return code
  })
}

async function timed (runOnce: () => Promise<number>): Promise<number> {
  const started = performance.now()
  const code = await runOnce()
  tell(`${Math.round(performance.now() - started)} ms; waiting for changes`)
  return code
}

function isGood ({ tests, faults }: PolicyTest): boolean {
  return faults.length === 0 && tests.some(({ outcome }) => outcome === 'pass') && tests.every(({ failed }) => failed === null)
}

/** Coverage first, then every test that did not pass, and the count. */
function summarise ({ tests, coverage, unseen, faults }: PolicyTest, isWhole: boolean): void {
  printFaults(faults)
  if (isWhole) for (const file of coverage) if (file.notCoveredLines > 0) print(uncovered(file))
  if (isWhole) for (const { file, row, column, name } of unseen) tell(`warning: ${shortPath(file)}:${row}:${column}: policy_unseen: no test sees this ${name} true`)
  const failed = tests.filter(test => test.failed !== null)
  for (const { file, row, package: name, name: test, outcome, failed: why } of failed) {
    print(`${shortPath(file)}:${row}:1: test_${outcome === 'pass' ? 'difference' : outcome}: ${name}.${test}: ${why ?? ''}`)
  }
  if (faults.length > 0 && tests.length === 0) return
  print(`${tests.filter(({ outcome, failed: why }) => outcome === 'pass' && why === null).length} passed, ${failed.length} failed`)
}

function uncovered ({ file, coveredLines, notCoveredLines, notCovered }: PolicyTest['coverage'][number]): string {
  const share = Math.floor(100 * coveredLines / (coveredLines + notCoveredLines))
  const rows = notCovered.map(([first, last]) => first === last ? String(first) : `${first}-${last}`)
  return `${shortPath(file)}: ${share} % covered, not the lines ${rows.join(', ')}`
}

function printJson ({ tests, coverage, unseen, faults }: PolicyTest): void {
  print(JSON.stringify({
    tests: tests.map(({ file, row, package: packageName, name, outcome, failed, durationUs, output }) => ({ file: shortPath(file), row, package: packageName, name, outcome: failed !== null && outcome === 'pass' ? 'difference' : outcome, message: failed, duration_us: durationUs, output })),
    coverage: coverage.map(({ file, coveredLines, notCoveredLines, notCovered }) => ({ file: shortPath(file), covered_lines: coveredLines, not_covered_lines: notCoveredLines, not_covered: notCovered })),
    unseen: unseen.map(rule => ({ ...rule, file: shortPath(rule.file) })),
    faults: faults.map(fault => ({ ...fault, file: shortPath(fault.file) }))
  }))
}
