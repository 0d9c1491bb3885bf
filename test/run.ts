/** Runs all tests, or those of the files and folders given as words, and ends with a plain count, so that a run that tested nothing cannot pass for a green one. */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { packageFile } from '../core/package.ts'
import { judgeCoverage } from './coverage.ts'

const words = process.argv.slice(2)
const output = packageFile('.tap/output.tap')
const traces = packageFile('.tap/v8')

rmSync(traces, { recursive: true, force: true })
mkdirSync(traces, { recursive: true })
const status = await run(words.length === 0 ? testsIn(relative('.', packageFile('dist/test'))) : words.flatMap(testsIn))
const { passed, failed } = count(output)
const coverage = words.length === 0 ? judgeCoverage(traces) : { lines: [], holds: true } // a part of the tests covers a part of the code
for (const line of [...coverage.lines, ...failures(output), `${passed} passed, ${failed} failed`]) console.log(line)
process.exitCode = status === 0 && failed === 0 && passed > 0 && coverage.holds ? 0 : 1

/** Writes the TAP stream to {@link output} and tells each file as it ends. Answers the exit status. */
async function run (files: readonly string[]): Promise<number | null> {
  const suite = spawn(process.execPath, [packageFile('dist/test/suite.js'), ...files], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_V8_COVERAGE: traces } })
  suite.stdout.pipe(createWriteStream(output))
  createInterface({ input: suite.stdout }).on('line', line => { if (/^(?:not )?ok \d+ - /.test(line)) console.log(line.replace(/ \{$/, '')) })
  return await new Promise(resolve => suite.once('close', resolve))
}

/** Assertions, from the summary at the end of the TAP stream. */
function count (file: string): { passed: number, failed: number } {
  const summary = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/gm
  const last = [...readFileSync(file, 'utf8').matchAll(summary)].at(-1)
  return { passed: Number(last?.[2] ?? 0), failed: Number(last?.[3] ?? 0) }
}

/** What failed, with what tap says of it, where a reader looks first: at the end. */
function failures (file: string): string[] {
  const failure = /^( *)not ok .*\n(?:\1 {2}---\n(?:\1 {2}.*\n)*?\1 {2}\.\.\.\n)?/gm
  return [...readFileSync(file, 'utf8').matchAll(failure)].map(([text]) => text.trimEnd())
}

/** A folder stands for the tests in it. */
function testsIn (word: string): string[] {
  if (statSync(word, { throwIfNoEntry: false })?.isDirectory() !== true) return [word]
  return readdirSync(word, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.js')).sort().map(name => join(word, name))
}
