/**
 * Messages between the gateway and its writer, over a socket that only these two hold: u32 length of what follows, u32 tag,
 * UTF-8 JSON. Tag 0 is control; any other tag is an append, answered under that tag.
 */
import type { GatewayErrorCode } from '../errors.ts'

export interface Hello {
  readonly type: 'hello'
  readonly folder: string
  /** Names the gateway's process: open decisions belong to it. */
  readonly boot: string
  /** Decisions of this process that have no outcome yet. */
  readonly claims: readonly string[]
  readonly freeSpaceBytes: number
  readonly allowUnsafeFilesystem: boolean
}

export type ToWriter = Hello | { readonly type: 'refuse', readonly counts: Readonly<Record<string, number>> } | { readonly type: 'close' }

/** One durable record: tag, index, leaf hash in hex. */
export type ReceiptEntry = readonly [tag: number, index: number, leafHash: string]

export type FromWriter =
  | { readonly type: 'ready', readonly origin: string, readonly synchronous: boolean, readonly open: readonly string[] }
  | { readonly type: 'failed', readonly message: string }
  | { readonly type: 'receipts', readonly size: number, readonly note: string, readonly entries: readonly ReceiptEntry[] }
  | { readonly type: 'refused', readonly tag: number, readonly code: GatewayErrorCode, readonly why: string }
  /** False while there is too little free space for decisions. */
  | { readonly type: 'accepting', readonly accepting: boolean }
  | { readonly type: 'closed' }

const headerBytes = 8

export function encodeMessage (tag: number, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const message = Buffer.allocUnsafe(headerBytes + length)
  message.writeUInt32BE(length + 4, 0)
  message.writeUInt32BE(tag, 4)
  message.write(text, headerBytes)
  return message
}

export interface Message { readonly tag: number, readonly payload: Buffer }

/** Cuts a stream of bytes into messages. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0)

  push (chunk: Buffer): Message[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: Message[] = []
    let at = 0
    while (bytes.length - at >= headerBytes) {
      const end = at + 4 + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      messages.push({ tag: bytes.readUInt32BE(at + 4), payload: bytes.subarray(at + headerBytes, end) })
      at = end
    }
    this.#rest = bytes.subarray(at)
    return messages
  }
}
