/** The command line as its users meet it: `dist/core/main.js` in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { packageFile } from '../../core/package.ts'

export const mainFile = packageFile('dist/core/main.js')

export interface CommandOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface CommandResult {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `sallyport ...words` to its end. */
export async function run (words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = start(words, options)
  const stdout = gather(child.stdout)
  const stderr = gather(child.stderr)
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => { resolve(exit) })
  })
  return { code, stdout: stdout(), stderr: stderr() }
}

/** Starts `sallyport ...words` and leaves it running. */
export function start (words: readonly string[], options: CommandOptions = {}): ChildProcess {
  return spawn(process.execPath, [mainFile, ...words], {
    cwd: options.folder ?? process.cwd(),
    env: { ...process.env, NODE_V8_COVERAGE: '', ...options.environment }, // measuring a whole process costs more than it runs
    stdio: ['pipe', 'pipe', 'pipe']
  })
}

/** Collects a stream's text; call the answer to read what came so far. */
export function gather (stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  return () => Buffer.concat(chunks).toString('utf8')
}
