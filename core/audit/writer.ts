/**
 * The writer: a process of its own that alone holds the log's private key and files. It speaks with the one gateway that started
 * it, over file descriptor 3, and ends when that gateway is gone.
 */
import { Socket } from 'node:net'
import { Desk } from './desk.ts'
import { encodeMessage, MessageReader, type FromWriter, type ToWriter } from './wire.ts'

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {}) // it ends with its gateway, not before

const socket = new Socket({ fd: 3, readable: true, writable: true })
const reader = new MessageReader()
const send = (message: FromWriter): void => { socket.write(encodeMessage(0, JSON.stringify(message))) }
let desk: Desk | null = null

socket.on('data', (chunk: Buffer) => {
  for (const { tag, payload } of reader.push(chunk)) {
    if (tag === 0) control(JSON.parse(payload.toString('utf8')))
    else desk?.take({ tag, body: payload })
  }
})
socket.on('error', () => {}) // 'close' follows
socket.on('close', () => { end(0) })

function control (message: ToWriter): void {
  if (message.type === 'hello') open(message)
  if (message.type === 'refuse') desk?.countRefusals(message.counts)
  if (message.type === 'close') {
    if (end(0)) send({ type: 'closed' })
    socket.end()
  }
}

function open (hello: Extract<ToWriter, { type: 'hello' }>): void {
  Desk.open(hello, send, fail).then(opened => {
    desk = opened
    if (socket.destroyed) end(0)
  }, fail)
}

/** Closes the log in order, once. False where that failed. */
function end (code: number): boolean {
  try {
    desk?.close()
    process.exitCode = code
    return true
  } catch {
    process.exitCode = 70
    return false
  } finally {
    desk = null
  }
}

/** The log cannot be written: says why and ends. A new writer recovers from what is on disk. */
function fail (thrown: unknown): void {
  desk = null
  process.exitCode = 70
  send({ type: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) })
  socket.end()
  setTimeout(() => { process.exit() }, 1000).unref()
}
