import t from 'tap'
import fc from 'fast-check'
import { holds } from './parts.ts'
import { leafHash } from '../../../core/audit/verify/tree.ts'
import { blockBytes, decodeFrame } from '../../../core/audit/verify/frame.ts'
import { encodeFrame, FrameBuilder } from '../../../core/audit/frame.ts'

const leaves = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 8 })

t.test('a frame is read as it was written, and fills whole blocks', async t => {
  holds(t, fc.property(leaves, fc.string({ minLength: 1 }), (written, note) => {
    const frame = encodeFrame(written, note)
    const read = decodeFrame(Buffer.concat([Buffer.alloc(blockBytes), frame]), blockBytes)
    return frame.length % blockBytes === 0 && read?.bytes === frame.length && read.note === Buffer.from(note).toString('utf8') &&
      read.leaves.length === written.length && read.leaves.every((leaf, index) => leaf.equals(written[index] ?? Buffer.alloc(0)))
  }))
})

t.test('any byte of a frame that is changed is noticed', async t => {
  holds(t, fc.property(leaves, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, change) => {
    const frame = encodeFrame(written, 'a note\n')
    frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ change
    try {
      decodeFrame(frame, 0)
      return false
    } catch {
      return true
    }
  }))
})

t.test('a frame that is cut is no frame; where only zeros stand there is none', async t => {
  const frame = encodeFrame([Buffer.alloc(9000, 7)], 'a note\n')
  t.throws(() => decodeFrame(frame.subarray(0, frame.length - blockBytes), 0), /cut/)
  t.throws(() => decodeFrame(frame.subarray(0, 10), 0), /no frame begins/)
  t.equal(decodeFrame(Buffer.alloc(blockBytes), 0), null)
  t.equal(decodeFrame(Buffer.alloc(0), 0), null)
})

t.test('frames made one after another in the same memory are as if each had its own', async t => {
  const builder = new FrameBuilder(Buffer.alloc(64 * 1024))
  holds(t, fc.property(leaves, fc.string({ minLength: 1 }), (written, note) => {
    const hashes = written.map(leaf => builder.addLeaf('{"a":', Buffer.from(leaf), ',"ü"}'))
    const whole = written.map(leaf => Buffer.concat([Buffer.from('{"a":'), leaf, Buffer.from(',"ü"}', 'latin1')]))
    const frame = Buffer.from(builder.finish(note))
    builder.clear()
    return frame.equals(encodeFrame(whole, note)) && hashes.every((hash, index) => hash === leafHash(whole[index] ?? Buffer.alloc(0)).toString('hex'))
  }))
})
