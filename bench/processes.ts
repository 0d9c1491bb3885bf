/** The processes of a measurement, each on its own, in a folder on the checkout's disk that is removed at the end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../core/package.ts'

export interface Bench {
  readonly folder: string
  /** Starts one of bench/parts; answers the URL it prints. */
  startPart (part: string, ...words: string[]): Promise<string>
  /** Of a part that was started. */
  pidOf (part: string): number
  startGateway (configuration: string): Promise<{ readonly url: string, readonly pid: number }>
  close (): Promise<void>
}

export function openBench (): Bench {
  mkdirSync(packageFile('var/'), { recursive: true })
  const folder = mkdtempSync(packageFile('var/bench-'))
  const children: ChildProcess[] = []
  const parts = new Map<string, number>()
  const start = (file: string, words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [packageFile(file), ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    return child
  }
  return {
    folder,
    startPart: async (part, ...words) => {
      const child = start(`dist/bench/parts/${part}.js`, words)
      parts.set(part, child.pid ?? 0)
      return await firstMatch(child, 'stdout', /(http\S+)/)
    },
    pidOf: part => parts.get(part) ?? 0,
    startGateway: async configuration => {
      const child = start('dist/core/main.js', ['start', '--config', configuration])
      child.stdout?.pipe(logFile(folder))
      return { url: await firstMatch(child, 'stderr', /listens on (\S+),/), pid: child.pid ?? 0 }
    },
    close: async () => {
      for (const child of children) child.kill('SIGTERM')
      await Promise.all(children.map(async child => { if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve)) }))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** Resolves with what a process first prints in this form; rejects where it ends before. */
async function firstMatch (child: ChildProcess, stream: 'stdout' | 'stderr', form: RegExp): Promise<string> {
  let text = ''
  return await new Promise((resolve, reject) => {
    child[stream]?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = form.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', code => { reject(new Error(`it ended with ${String(code)}: ${text}`)) })
  })
}

function logFile (folder: string): NodeJS.WritableStream {
  return createWriteStream(join(folder, 'gateway.log'))
}
