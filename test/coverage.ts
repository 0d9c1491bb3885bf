/** Line coverage of what ships, against floors. What no test ever loaded counts as not covered. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../core/package.ts'

/** Percent of lines that the tests must reach. */
const floors: Readonly<Record<string, number>> = { core: 85, plugins: 85 }

interface Lines { readonly total: number, readonly covered: number }

/** Reads what V8 wrote into `folder`; answers a line an area, and whether all floors hold. */
export function judgeCoverage (folder: string): { readonly lines: readonly string[], readonly holds: boolean } {
  const files = report(folder)
  const areas = Object.entries(floors).map(([area, floor]) => ({ area, floor, percent: percentOf(area, files) }))
  return {
    lines: areas.map(({ area, floor, percent }) => `${area}/: ${percent.toFixed(1)} % of lines covered (floor ${floor} %)`),
    holds: areas.every(({ floor, percent }) => percent >= floor)
  }
}

function report (folder: string): ReadonlyMap<string, Lines> {
  const words = ['report', '--temp-directory', folder, '--reporter', 'json-summary', '--reports-dir', join(folder, 'report'), '--exclude-after-remap', '--include', 'core/**', '--include', 'plugins/**', '--exclude', 'none']
  const ran = spawnSync(process.execPath, [packageFile('node_modules/c8/bin/c8.js'), ...words], { cwd: packageFile('.'), stdio: 'inherit' })
  if (ran.status !== 0) throw new Error('the coverage could not be read')
  const summary = JSON.parse(readFileSync(join(folder, 'report/coverage-summary.json'), 'utf8')) as Record<string, { readonly lines: Lines }>
  return new Map(Object.entries(summary).map(([file, { lines }]) => [file, lines]))
}

function percentOf (area: string, files: ReadonlyMap<string, Lines>): number {
  const all = readdirSync(packageFile(area), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts')).map(name => packageFile(join(area, name)))
  const counted = all.map(file => files.get(file) ?? unloaded(file))
  const total = counted.reduce((sum, lines) => sum + lines.total, 0)
  return 100 * counted.reduce((sum, lines) => sum + lines.covered, 0) / Math.max(1, total)
}

/** A file of types alone has nothing to run. */
function unloaded (file: string): Lines {
  const compiled = readFileSync(file.replace(packageFile('.'), packageFile('dist/')).replace(/\.ts$/, '.js'), 'utf8')
  const hasCode = compiled.split('\n').some(line => !/^(?:export \{\};|\/\/.*|\s*\*.*|\/\*.*|)$/.test(line))
  return { total: hasCode ? readFileSync(file, 'utf8').split('\n').length : 0, covered: 0 }
}
