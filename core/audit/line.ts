/** Messages over a socket, in both directions: what is put in one turn of the event loop goes out in one system call. */
import type { Duplex } from 'node:stream'
import { Inbox, Outbox } from './wire.ts'

/** Answers what sends a message under a tag; `receive` is called with each that comes. */
export function speakOver (socket: Duplex, receive: (tag: number, payload: Buffer) => void): (tag: number, text: string) => void {
  const inbox = new Inbox(receive)
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(inbox.room(), 0, at)
      inbox.wrote(copied)
      at += copied
    }
  })
  socket.on('error', () => {}) // 'close' follows
  const outbox = new Outbox()
  const flush = (): void => { if (socket.writable) socket.write(outbox.take()) }
  return (tag, text) => {
    if (outbox.isEmpty) setImmediate(flush)
    outbox.put(tag, text)
  }
}
