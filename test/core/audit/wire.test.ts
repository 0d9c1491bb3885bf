import t from 'tap'
import fc from 'fast-check'
import { Inbox, Outbox } from '../../../core/audit/wire.ts'
import { holds } from './parts.ts'

type Message = readonly [tag: number, text: string]

/** Gives the bytes to an inbox in pieces of these sizes, over and over. */
function receive (bytes: Buffer, sizes: readonly number[]): Message[] {
  const received: Message[] = []
  const inbox = new Inbox((tag, payload) => { received.push([tag, payload.toString('utf8')]) })
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const copied = bytes.copy(inbox.room(), 0, at, at + (sizes[turn % sizes.length] ?? 1))
    inbox.wrote(copied)
    at += copied
  }
  return received
}

t.test('messages arrive as they were sent, however the bytes are cut', async t => {
  const messages = fc.array(fc.tuple(fc.nat(0xffffffff), fc.string({ unit: 'grapheme', maxLength: 300 })), { maxLength: 30 })
  holds(t, fc.property(messages, fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), fc.nat(30), (sent, sizes, takenAt) => {
    const outbox = new Outbox()
    const chunks: Buffer[] = []
    for (const [index, [tag, text]] of sent.entries()) {
      t.equal(outbox.put(tag, text), Buffer.byteLength(text))
      if (index === takenAt) chunks.push(outbox.take())
    }
    chunks.push(outbox.take())
    t.ok(outbox.isEmpty)
    return JSON.stringify(receive(Buffer.concat(chunks), sizes)) === JSON.stringify(sent)
  }))
})

t.test('a message larger than the memory of either side arrives whole', async t => {
  const sent: Message[] = [[1, 'x'], [2, '世'.repeat(900_000)], [3, 'y'.repeat(600_000)], [4, 'z']]
  const outbox = new Outbox()
  for (const [tag, text] of sent) outbox.put(tag, text)
  t.ok(JSON.stringify(receive(outbox.take(), [70_000, 1])) === JSON.stringify(sent))
})

t.test('what was taken is not written to by what is put next', async t => {
  const outbox = new Outbox()
  outbox.put(1, 'first')
  const taken = outbox.take()
  const before = taken.toString('hex')
  for (let count = 0; count < 50; count++) outbox.put(2, 'second'.repeat(10_000))
  t.equal(taken.toString('hex'), before)
})
