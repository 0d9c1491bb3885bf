/** Runs all tests and ends with a plain count, so that a run that tested nothing cannot pass for a green one. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../core/package.ts'
import { judgeCoverage } from './coverage.ts'

const words = process.argv.slice(2).flatMap(testsIn)
const output = packageFile('.tap/output.tap')
const traces = packageFile('.tap/v8')

rmSync(output, { force: true })
rmSync(traces, { recursive: true, force: true })
mkdirSync(traces, { recursive: true })
const ran = spawnSync(process.execPath, [packageFile('node_modules/tap/dist/esm/run.mjs'), '--disable-coverage', '--reporter=terse', `--output-file=${output}`, ...words], {
  stdio: 'inherit', env: { ...process.env, NODE_V8_COVERAGE: traces }
})
const { passed, failed } = count(output)
const coverage = words.length === 0 ? judgeCoverage(traces) : { lines: [], holds: true } // a part of the tests covers a part of the code
for (const line of coverage.lines) console.log(line)
for (const line of failures(output)) console.log(line)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ran.status === 0 && failed === 0 && passed > 0 && coverage.holds ? 0 : 1

/** Assertions, from the summary at the end of the TAP stream. */
function count (file: string): { passed: number, failed: number } {
  const summary = /# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/g
  const last = [...readFileSync(file, 'utf8').matchAll(summary)].at(-1)
  return { passed: Number(last?.[2] ?? 0), failed: Number(last?.[3] ?? 0) }
}

/** What failed, told again where the reader looks first: the end. TAP nests by indentation and names a file after what is in it. */
function failures (file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(line => /^\s*not ok /.test(line)).map(line => line.replace(/ (?:# time=\S+|\{)\s*$/, ''))
}

/** A folder stands for the tests in it: handed on as it is, tap would run the declarations beside them too. */
function testsIn (word: string): string[] {
  if (statSync(word, { throwIfNoEntry: false })?.isDirectory() !== true) return [word]
  return readdirSync(word, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.js')).map(name => join(word, name))
}
