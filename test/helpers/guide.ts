/** Runs the shell commands of a page as its reader would, in the order in which they stand there. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../../core/package.ts'
import { mainFile } from './command.ts'
import { temporaryFolder, type Teardown } from './folder.ts'
import { freePort } from './port.ts'

export interface Guide {
  /** Below the package. */
  readonly file: string
  /** Where its reader stands, below the scratch folder. */
  readonly stands: string
}

/** The lines of all `sh` blocks of a text. */
export function commandsOf (text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.split('\n').filter(line => line.trim() !== ''))
}

/** A folder with the examples in it and an `npx` that is this package's program; answers it. */
function scratch (t: Teardown): string {
  const folder = temporaryFolder(t)
  cpSync(packageFile('examples'), join(folder, 'examples'), { recursive: true, filter: path => !path.includes('/var') })
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${mainFile}" "$@"\n`, { mode: 0o755 })
  return folder
}

/** The commands as one script: a gateway that is started goes on in the background, on ports that are free. */
function scriptOf (lines: readonly string[], [callers, admin]: readonly [number, number]): string {
  const onFreePorts = (text: string): string => text.replaceAll(':8080', `:${callers}`).replaceAll(':9090', `:${admin}`)
  const moved = `find . -name sallyport.yaml -exec sed -i 's/:8080/:${callers}/; s/:9090/:${admin}/' {} +`
  const steps = lines.flatMap(line => {
    if (/\binit\b/.test(line)) return [line, moved]
    if (!/\bstart\b/.test(line)) return [onFreePorts(line)]
    return [`${line} >started.log 2>&1 &`, 'trap "kill $!; wait $! || :" EXIT', 'for i in $(seq 300); do grep -q "listens on" started.log && break; sleep 0.1; done; cat started.log; grep -q "listens on" started.log']
  })
  return ['set -e', moved, ...steps].join('\n')
}

async function bash (script: string, folder: string, stands: string): Promise<{ code: number | null, output: string }> {
  const child = spawn('bash', ['-c', script], { cwd: join(folder, stands), env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { output += String(chunk) })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, output }
}

/** Answers how many commands there were, and how the last of them ended: with 0, where all did. */
export async function runGuide (t: Teardown, { file, stands }: Guide): Promise<{ readonly commands: number, readonly code: number | null, readonly output: string }> {
  const lines = commandsOf(readFileSync(packageFile(file), 'utf8')).filter(line => !line.startsWith('npm ci'))
  return { commands: lines.length, ...await bash(scriptOf(lines, [await freePort(), await freePort()]), scratch(t), stands) }
}
