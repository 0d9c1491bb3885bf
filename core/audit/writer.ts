/**
 * The writer: a process of its own that alone holds the log's private key and files. It speaks with the one gateway that started
 * it, over file descriptor 3, and ends when that gateway is gone.
 */
import { Socket } from 'node:net'
import { Desk } from './desk.ts'
import { Inbox, Outbox, type FromWriter, type ToWriter } from './wire.ts'

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {}) // it ends with its gateway, not before

const inbox = new Inbox((tag, payload) => {
  if (tag === 0) control(JSON.parse(payload.toString('utf8')))
  else desk?.take(tag, payload)
})
const outbox = new Outbox()
const socket = new Socket({ fd: 3, readable: true, writable: true, onread: { buffer: () => inbox.room(), callback: received } })
let desk: Desk | null = null

socket.on('error', () => {}) // 'close' follows
socket.on('close', () => { end(0) })

/** One read takes all that waits in the socket, as far as there is room: it becomes one frame. */
function received (bytes: number): boolean {
  inbox.wrote(bytes)
  desk?.flush()
  answer()
  return true
}

/** What answers appends leaves when all that arrived with them is done, the rest at once. */
function send (message: FromWriter): void {
  outbox.put(0, JSON.stringify(message))
  if (message.type !== 'receipts' && message.type !== 'refused') answer()
}

function answer (): void {
  if (!outbox.isEmpty) socket.write(outbox.take())
}

function control (message: ToWriter): void {
  if (message.type === 'hello') open(message)
  if (message.type === 'refuse') desk?.countRefusals(message.counts)
  if (message.type === 'close') {
    if (end(0)) send({ type: 'closed' })
    socket.end()
  }
}

function open (hello: Extract<ToWriter, { type: 'hello' }>): void {
  Desk.open(hello, { send, answer, fail }).then(opened => {
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
