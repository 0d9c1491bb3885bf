/** Starts a writer process and holds the socket to it. */
import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { speakOver } from './line.ts'
import type { User } from './user.ts'
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

/** @param user that it runs as; null for this process's own */
export function spawnWriter (events: WriterEvents, user: User | null = null): Writer {
  const child = spawn(process.execPath, [writerFile], { env: environment(), stdio: ['ignore', 'ignore', 'pipe', 'pipe'], ...user })
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

/** All that the writer gets of the gateway's environment, which may hold secrets: whom it trusts with TLS, and where coverage is measured. */
const passedOn = ['NODE_EXTRA_CA_CERTS', 'NODE_V8_COVERAGE']

function environment (): NodeJS.ProcessEnv {
  return Object.fromEntries(passedOn.flatMap(name => (process.env[name] ?? '') === '' ? [] : [[name, process.env[name]]]))
}
