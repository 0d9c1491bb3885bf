/** Makes frames; core/audit/verify/frame.ts says what they look like. */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { blockBytes, headerBytes, lengthBytes, magic } from './verify/frame.ts'

/** Makes one frame after another in the same memory. */
export class FrameBuilder {
  readonly #memory: Buffer
  #end = headerBytes
  #count = 0

  /** @param memory where frames are made; aligned as the disk wants it */
  constructor (memory: Buffer) {
    this.#memory = memory
  }

  get count (): number { return this.#count }

  /** Bytes so far. */
  get bytes (): number { return this.#end }

  /** Adds a leaf made of these pieces; answers its hash, SHA-256(0, leaf), in hex. */
  addLeaf (start: string, body: Buffer, end: string): string {
    const memory = this.#memory
    const from = this.#end + lengthBytes
    let to = from + memory.write(start, from, 'latin1')
    to += body.copy(memory, to)
    to += memory.write(end, to, 'latin1')
    memory[from - 1] = 0 // for now what is hashed with the leaf stands before it
    const hex = hash('sha256', memory.subarray(from - 1, to), 'hex')
    memory.writeUInt32BE(to - from, this.#end)
    this.#end = to
    this.#count++
    return hex
  }

  /** Closes the frame. Its bytes stay as they are until {@link clear}. */
  finish (note: string): Buffer {
    const memory = this.#memory
    const from = this.#end + lengthBytes
    const end = from + memory.write(note, from)
    memory.writeUInt32BE(end - from, this.#end)
    magic.copy(memory)
    memory.writeUInt32BE(end - headerBytes, 4)
    memory.writeUInt32BE(crc32(memory.subarray(headerBytes, end)), 8)
    memory.writeUInt32BE(this.#count, 12)
    const padded = Math.ceil(end / blockBytes) * blockBytes
    memory.fill(0, end, padded)
    return memory.subarray(0, padded)
  }

  clear (): void {
    this.#end = headerBytes
    this.#count = 0
  }
}

/** A frame of its own memory. */
export function encodeFrame (leaves: readonly Uint8Array[], note: string): Buffer {
  const bytes = leaves.reduce((sum, leaf) => sum + lengthBytes + leaf.length, headerBytes + lengthBytes + Buffer.byteLength(note))
  const builder = new FrameBuilder(Buffer.alloc(Math.ceil(bytes / blockBytes) * blockBytes))
  for (const leaf of leaves) builder.addLeaf('', Buffer.from(leaf), '')
  return builder.finish(note)
}
