/** What a writer and its signer say to each other: u32 length, then as many bytes. An empty request asks for the public key; an empty answer refuses. */

const headerBytes = 4
/** A checkpoint, or one record. */
export const maxRequestBytes = 64 * 1024

export function frameOf (bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerBytes + bytes.length)
  frame.writeUInt32BE(bytes.length)
  frame.set(bytes, headerBytes)
  return frame
}

/** Puts together what comes in pieces. */
export class Answers {
  readonly #whole: (bytes: Buffer) => void
  #gathered: Buffer = Buffer.alloc(0)

  constructor (whole: (bytes: Buffer) => void) {
    this.#whole = whole
  }

  /** Throws for a length beyond what may be said. */
  take (chunk: Buffer): void {
    this.#gathered = Buffer.concat([this.#gathered, chunk])
    while (this.#gathered.length >= headerBytes) {
      const end = headerBytes + this.#gathered.readUInt32BE()
      if (end > headerBytes + maxRequestBytes) throw new Error('the message is too long')
      if (this.#gathered.length < end) return
      const whole = this.#gathered.subarray(headerBytes, end)
      this.#gathered = this.#gathered.subarray(end)
      this.#whole(whole)
    }
  }
}

/** What the writer gives the thread that speaks with its signer (line.ts). */
export interface LineData { readonly socket: string, readonly shared: SharedArrayBuffer }

/** In the memory that both see: u32 state, u32 length, then the answer. */
export const answerStart = 8
export const states = { waiting: 0, answered: 1, lost: 2 } as const
