/** Runs all tests and ends with a plain count, so that a run that tested nothing cannot pass for a green one. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { packageFile } from '../core/package.ts'

const output = packageFile('.tap/output.tap')

rmSync(output, { force: true })
const ran = spawnSync(process.execPath, [packageFile('node_modules/tap/dist/esm/run.mjs'), `--output-file=${output}`, ...process.argv.slice(2)], { stdio: 'inherit' })
const { passed, failed } = count(output)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ran.status !== 0 || failed > 0 || passed === 0 ? ran.status === 0 ? 1 : ran.status ?? 1 : 0

/** Assertions, from the summary at the end of the TAP stream. */
function count (file: string): { passed: number, failed: number } {
  const summary = /# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/g
  const last = [...readFileSync(file, 'utf8').matchAll(summary)].at(-1)
  return { passed: Number(last?.[2] ?? 0), failed: Number(last?.[3] ?? 0) }
}
