/** Starts a writer process and holds the socket to it. */
import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { speakOver } from './line.ts'
import type { FromWriter, ToWriter } from './wire.ts'

export interface WriterEvents {
  message (message: FromWriter): void
  /** What it wrote to standard error. */
  complaint (text: string): void
}

export interface Writer {
  send (tag: number, text: string): void
  control (message: ToWriter): void
  /** Hangs up: the writer closes the log and ends. */
  end (): void
  /** Resolves when the process is gone. */
  readonly exited: Promise<{ readonly code: number | null, readonly signal: NodeJS.Signals | null }>
}

const writerFile = fileURLToPath(new URL(`writer${extname(import.meta.url)}`, import.meta.url))

export function spawnWriter (events: WriterEvents): Writer {
  const child = spawn(process.execPath, [writerFile], { env: environment(), stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
  const [, , stderr, socket] = child.stdio
  if (!(socket instanceof Duplex)) throw new Error('the writer has no socket')
  const put = speakOver(socket, (_tag, payload) => { events.message(JSON.parse(payload.toString('utf8'))) })
  stderr?.on('data', (chunk: Buffer) => { events.complaint(chunk.toString('utf8')) })
  return {
    send: put,
    control: message => { put(0, JSON.stringify(message)) },
    end: () => { socket.end() },
    exited: new Promise(resolve => {
      child.once('error', () => { resolve({ code: null, signal: null }) })
      child.once('close', (code, signal) => { resolve({ code, signal }) })
    })
  }
}

/** The writer gets nothing of the gateway's environment, which may hold secrets; a measurement of coverage goes on in it. */
function environment (): NodeJS.ProcessEnv {
  const traces = process.env['NODE_V8_COVERAGE']
  return traces === undefined || traces === '' ? {} : { NODE_V8_COVERAGE: traces }
}
