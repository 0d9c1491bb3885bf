/** The process that holds a log's key and nothing else: it signs checkpoints and records of that log, and no other text. */
import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { SigningKey } from '../note.ts'
import { Answers, frameOf } from './wire.ts'

const recordPrefix = 'sallyport record/v1\n'

/** Serves a socket (mode 0600). Resolves when it listens. */
export async function serveSigner (key: SigningKey, path: string): Promise<Server> {
  const server = createServer(socket => { serve(key, socket) })
  if (existsSync(path) && lstatSync(path).isSocket()) rmSync(path) // left by an earlier run
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(mask)
  }
  chmodSync(path, 0o600)
  return server
}

function serve (key: SigningKey, socket: Socket): void {
  const answers = new Answers(request => { socket.write(frameOf(answerTo(key, request))) })
  socket.on('error', () => {}) // its end is all there is to know
  socket.on('data', chunk => {
    try {
      answers.take(chunk)
    } catch {
      socket.destroy()
    }
  })
}

function answerTo (key: SigningKey, request: Buffer): Uint8Array {
  if (request.length === 0) return key.publicKey
  const text = request.toString('utf8')
  return text.startsWith(`${key.origin}\n`) || text.startsWith(recordPrefix) ? key.sign(request) : new Uint8Array(0)
}
