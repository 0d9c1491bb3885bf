/** The keys that lead to a value of an answer, from its root on: as one answer needs them once, and as a stream needs them over and over. */
import { GatewayError } from '../../../core/errors.ts'
import type { Lane } from '../../../core/pipeline/facts.ts'
import type { StreamLane } from '../../../core/pipeline/stream.ts'
import type { StreamLanes } from '../../../core/protocol/stream-lanes.ts'
import type { Path } from './fields.ts'

/** A step on the way. The keys are written out only where they are asked for. */
export class WholePath implements Path<WholePath> {
  readonly #key: string
  readonly #before: WholePath | null

  constructor (key = '', before: WholePath | null = null) {
    this.#key = key
    this.#before = before
  }

  child (key: string): WholePath {
    return new WholePath(key, this)
  }

  keys (): string[] {
    const keys: string[] = []
    this.#gather(keys)
    return keys
  }

  #gather (keys: string[]): void {
    if (this.#before === null) return
    this.#before.#gather(keys)
    keys.push(this.#key)
  }
}

/** Paths that one stream may have. */
const mostPaths = 16_384

/** The same object for the same keys in every event of a stream, with the lanes that lie there. */
export class StreamPath implements Path<StreamPath> {
  readonly keys: readonly string[]
  readonly #stream: { readonly lanes: StreamLanes, paths: number }
  readonly #children = new Map<string, StreamPath>()
  readonly #lanes: StreamLane[] = []

  constructor (stream: { readonly lanes: StreamLanes, paths: number }, keys: readonly string[] = []) {
    this.#stream = stream
    this.keys = keys
  }

  /** Throws GW_UPSTREAM_BAD_RESPONSE for one too many. */
  child (key: string): StreamPath {
    const known = this.#children.get(key)
    if (known !== undefined) return known
    if (++this.#stream.paths > mostPaths) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
    const made = new StreamPath(this.#stream, [...this.keys, key])
    this.#children.set(key, made)
    return made
  }

  /** Throws GW_UPSTREAM_BAD_RESPONSE for one too many. */
  lane (kind: Lane['kind']): StreamLane {
    for (const lane of this.#lanes) if (lane.kind === kind) return lane
    const made = this.#stream.lanes.at(kind, this.keys)
    this.#lanes.push(made)
    return made
  }
}
