/** The lanes of one stream, by what they are called; and what only their whole shows. */
import { isBase64, longestReadableBytes } from '../content/binary.ts'
import { GatewayError } from '../errors.ts'
import type { Lane } from '../pipeline/facts.ts'
import type { StreamLane } from '../pipeline/stream.ts'

/** Lanes that one answer may have. */
const mostLanes = 4096

/** Gives each lane of a stream its one object. */
export class StreamLanes {
  readonly #lanes = new Map<string, StreamLane>()

  /** The lane of this kind at this path. Throws GW_UPSTREAM_BAD_RESPONSE for one too many. */
  at (kind: Lane['kind'], path: readonly string[]): StreamLane {
    const name = path.join('/')
    const key = kind + name
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    if (this.#lanes.size === mostLanes) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
    const lane = { name, kind, path: [...path] }
    this.#lanes.set(key, lane)
    return lane
  }

  all (): readonly StreamLane[] {
    return [...this.#lanes.values()]
  }
}

/** Tells when a text put together from pieces turns out to be bytes: long base64 where no piece alone is. */
export class BinaryRuns {
  /** Characters of the lanes that can still be nothing but base64. */
  readonly #lengths = new Map<StreamLane, number>()

  /** True where the lane is, with this piece, too long to be an identifier or a key. */
  push (lane: StreamLane, piece: string): boolean {
    const before = this.#lengths.get(lane) ?? 0
    if (before === -1 || piece === '') return false
    const isRun = isBase64(piece)
    this.#lengths.set(lane, isRun ? before + piece.length : -1)
    return isRun && before <= longestReadableBytes && before + piece.length > longestReadableBytes
  }
}
