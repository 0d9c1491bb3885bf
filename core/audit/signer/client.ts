/** Signs with a key that another process holds, over a socket: a KMS or PKCS#11 token joins by speaking the same few bytes (signer/wire.ts). */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { ed25519, keyId } from '../verify/note.ts'
import { originOf, publish } from '../keys.ts'
import type { SigningKey } from '../note.ts'
import { answerStart, maxRequestBytes, states, type LineData } from './wire.ts'

const lineFile = fileURLToPath(new URL(`line${extname(import.meta.url)}`, import.meta.url))
/** A signature that takes longer fails the log, as a write that fails does. */
const patienceMs = 5000
const keyBytes = 32
const signatureBytes = 64

/** The key that the process at a socket holds. Throws where it does not answer. */
export function openRemoteKey (folder: string, socket: string): SigningKey {
  const line = new Line(socket)
  const publicKey = line.ask(new Uint8Array(0))
  if (publicKey.length !== keyBytes) throw new Error(`the signer at ${socket} tells no Ed25519 key`)
  const origin = originOf(folder, publicKey)
  const key: SigningKey = {
    origin,
    publicKey,
    id: keyId(origin, publicKey, ed25519),
    sign: text => {
      const signature = line.ask(text)
      if (signature.length !== signatureBytes) throw new Error('the signer refused to sign')
      return signature
    }
  }
  publish(folder, key)
  return key
}

/** One question at a time; the thread that asks waits. */
class Line {
  readonly #socket: string
  readonly #shared = new SharedArrayBuffer(answerStart + maxRequestBytes)
  readonly #state = new Int32Array(this.#shared, 0, 2)
  readonly #worker: Worker

  constructor (socket: string) {
    this.#socket = socket
    const workerData: LineData = { socket, shared: this.#shared }
    this.#worker = new Worker(lineFile, { workerData })
    this.#worker.unref()
    this.#worker.on('error', () => {}) // the next question is not answered
  }

  ask (request: Uint8Array): Buffer {
    Atomics.compareExchange(this.#state, 0, states.answered, states.waiting)
    this.#worker.postMessage(request)
    Atomics.wait(this.#state, 0, states.waiting, patienceMs)
    if (Atomics.load(this.#state, 0) !== states.answered) throw new Error(`the signer at ${this.#socket} does not answer`)
    return Buffer.from(new Uint8Array(this.#shared, answerStart, Atomics.load(this.#state, 1)))
  }
}
