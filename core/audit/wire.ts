/**
 * Messages between the gateway and its writer, over a socket that only these two hold: u32 length of what follows, u32 tag,
 * UTF-8 JSON. Tag 0 is control; any other tag is an append, answered under that tag.
 */
import type { GatewayErrorCode } from '../errors.ts'
import type { LogSettings } from './settings.ts'
import type { Space } from './space.ts'

export interface Hello {
  readonly type: 'hello'
  readonly folder: string
  /** Names the gateway's process: open decisions belong to it. */
  readonly boot: string
  /** Decisions of this process that have no outcome yet. */
  readonly claims: readonly string[]
  /** The last checkpoint that this process was given: the log holds what it covers. */
  readonly lastNote: string | null
  readonly settings: LogSettings
}

export type ToWriter = Hello | { readonly type: 'refuse', readonly counts: Readonly<Record<string, number>> } | { readonly type: 'close' }

/** One durable record: tag, index, leaf hash in hex. */
export type ReceiptEntry = readonly [tag: number, index: number, leafHash: string]

export type FromWriter =
  | { readonly type: 'ready', readonly origin: string, readonly synchronous: boolean, readonly open: readonly string[] }
  | { readonly type: 'failed', readonly message: string }
  | { readonly type: 'receipts', readonly size: number, readonly note: string, readonly entries: readonly ReceiptEntry[] }
  | { readonly type: 'refused', readonly tag: number, readonly code: GatewayErrorCode, readonly why: string }
  | { readonly type: 'space', readonly space: Space }
  /** Heads are cosigned again, or are not: why. */
  | { readonly type: 'witnesses', readonly fault: string | null }
  | { readonly type: 'closed' }

const headerBytes = 8
/** No text has more bytes of UTF-8 for each of its units. */
const maxBytesPerUnit = 3

/** Writes messages one after another into one large piece of memory, and hands out what gathered as one chunk. */
export class Outbox {
  #memory = Buffer.allocUnsafeSlow(outboxBytes)
  #start = 0
  #end = 0

  get isEmpty (): boolean { return this.#start === this.#end }

  /** Adds a message; answers its payload's bytes. */
  put (tag: number, text: string): number {
    const most = headerBytes + text.length * maxBytesPerUnit
    if (this.#end + most > this.#memory.length) this.#grow(most)
    const bytes = this.#memory.write(text, this.#end + headerBytes)
    this.#memory.writeUInt32BE(bytes + 4, this.#end)
    this.#memory.writeUInt32BE(tag, this.#end + 4)
    this.#end += headerBytes + bytes
    return bytes
  }

  /** What gathered since the last time. Its memory is not written to again. */
  take (): Buffer {
    const taken = this.#memory.subarray(this.#start, this.#end)
    this.#start = this.#end
    return taken
  }

  #grow (most: number): void {
    const waiting = this.#memory.subarray(this.#start, this.#end)
    this.#memory = Buffer.allocUnsafeSlow(Math.max(outboxBytes, waiting.length + most))
    this.#start = 0
    this.#end = waiting.copy(this.#memory)
  }
}

const outboxBytes = 1024 * 1024

/** Reads messages out of memory that the socket writes to. Nothing is copied but a message that came in two parts. */
export class Inbox {
  readonly #take: (tag: number, payload: Buffer) => void
  #memory = Buffer.allocUnsafeSlow(inboxBytes)
  #filled = 0

  /** @param take is given each message; the payload's bytes stay as they are only until it returns */
  constructor (take: (tag: number, payload: Buffer) => void) {
    this.#take = take
  }

  /** Where the next bytes go. */
  room (): Buffer {
    return this.#memory.subarray(this.#filled)
  }

  /** So many bytes were written to the room there was. */
  wrote (bytes: number): void {
    this.#filled += bytes
    let at = 0
    while (this.#filled - at >= headerBytes) {
      const end = at + 4 + this.#memory.readUInt32BE(at)
      if (end > this.#filled) {
        if (end - at > this.#memory.length) return this.#enlarge(at, end - at)
        break
      }
      this.#take(this.#memory.readUInt32BE(at + 4), this.#memory.subarray(at + headerBytes, end))
      at = end
    }
    this.#memory.copyWithin(0, at, this.#filled)
    this.#filled -= at
  }

  /** For a message that is larger than the memory. */
  #enlarge (at: number, bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(bytes)
    this.#filled = this.#memory.copy(larger, 0, at, this.#filled)
    this.#memory = larger
  }
}

const inboxBytes = 512 * 1024
