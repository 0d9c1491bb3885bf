/** Reads newline-delimited JSON as it arrives, into lines that keep their bytes. */
import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'
import { largestEventBytes } from './sse.ts'

const lineFeed = 0x0a

/** One stream. Together the lines it gives hold every byte that was pushed, in order. */
export class LineReader {
  #kept: Uint8Array[] = []
  #keptBytes = 0

  /** Bytes as they arrive, cut anywhere; lines with their ends. Throws GW_UPSTREAM_BAD_RESPONSE for what is no UTF-8, or for a line that is too large. */
  push (bytes: Uint8Array): Buffer[] {
    const lines: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      lines.push(this.#take(bytes.subarray(start, end + 1)))
      start = end + 1
    }
    this.#keep(bytes.subarray(start))
    return lines
  }

  /** What is left at the end of the stream: a line without its end, or null. */
  end (): Buffer | null {
    return this.#keptBytes === 0 ? null : this.#take(new Uint8Array(0))
  }

  #keep (rest: Uint8Array): void {
    if (rest.length === 0) return
    this.#kept.push(rest)
    this.#keptBytes += rest.length
    if (this.#keptBytes > largestEventBytes) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  }

  #take (last: Uint8Array): Buffer {
    const line = Buffer.concat([...this.#kept, last])
    this.#kept = []
    this.#keptBytes = 0
    if (line.length > largestEventBytes || !isUtf8(line)) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
    return line
  }
}
