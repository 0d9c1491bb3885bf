/**
 * A thread that holds the connection to the signer, so that the writer can wait for a signature as it waits for the disk. A request is
 * a message from the writer; the answer lies in memory that both see.
 */
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { Answers, answerStart, frameOf, states, type LineData } from './wire.ts'

const { socket: path, shared } = workerData as LineData
const state = new Int32Array(shared, 0, 2)
const memory = new Uint8Array(shared)
const socket = connect(path)
const answers = new Answers(answer => {
  memory.set(answer, answerStart)
  Atomics.store(state, 1, answer.length)
  tell(states.answered)
})
socket.on('data', chunk => { answers.take(chunk) })
socket.on('error', () => {}) // 'close' follows
socket.on('close', () => { tell(states.lost) })
parentPort?.on('message', (request: Uint8Array) => { socket.write(frameOf(request)) })

function tell (value: number): void {
  Atomics.store(state, 0, value)
  Atomics.notify(state, 0)
}
