/**
 * A witness that looks for itself: it follows a log by its own files, or by exported tiles in a folder or behind a URL, sees every
 * leaf, and cosigns the head where all of it goes on from the head before.
 */
import { Keyring } from '../verify/keyring.ts'
import { Chain } from '../verify/chain.ts'
import { openCheckpoint, type Checkpoint, type VerifierKey } from '../verify/note.ts'
import { BrokenLog, readLog, type Place } from '../verify/reader.ts'
import { leafTile, type FetchTile } from '../verify/tiles.ts'
import { Frontier } from '../verify/tree.ts'
import type { Witness } from './witness.ts'

/** Where a log is looked at. */
export interface Source {
  /** Adds what is new to the frontier, `seen` after each leaf; answers the head then, signed by the log, or null where nothing is new. Throws where the log does not hold together. */
  look (frontier: Frontier, seen: () => void): Promise<{ readonly note: string, readonly head: Checkpoint } | null>
}

/** What one look at a log came to. */
export type Look = 'cosigned' | 'unchanged' | 'rolled back' | 'forked'

export class Follower {
  readonly #witness: Witness
  readonly #source: Source
  readonly #origin: string
  readonly #frontier = new Frontier()
  #forked = false

  constructor (witness: Witness, source: Source, origin: string) {
    this.#witness = witness
    this.#source = source
    this.#origin = origin
  }

  /** Cosigns what is new. A log that lost records, or has others where this witness cosigned some, is not cosigned again. */
  async look (): Promise<Look> {
    const known = this.#witness.headOf(this.#origin)
    const found = await this.#source.look(this.#frontier, () => { this.#compare(known) })
    if (this.#forked) return 'forked'
    if (found === null || found.head.size === known.size) return this.#frontier.size < known.size ? 'rolled back' : 'unchanged'
    if (found.head.size < known.size) return 'rolled back'
    this.#witness.accept(found.note, found.head)
    return 'cosigned'
  }

  #compare ({ size, root }: Checkpoint): void {
    if (this.#frontier.size === size && !this.#frontier.root().equals(root)) this.#forked = true
  }
}

/** The files of a log, live or a copy. Every record's form and every checkpoint is verified too, and rotations of its key are followed. */
export function segmentsSource (folder: string, keys: readonly VerifierKey[]): Source {
  const ring = new Keyring(keys)
  let place: Place = { segment: 0, offset: 0 }
  let chain: Chain | null = null
  return {
    async look (frontier, seen) {
      chain ??= new Chain(record => {
        ring.see(record)
        seen()
      }, frontier)
      let note: string | null = null
      for (const piece of readLog(folder, undefined, place)) {
        place = { segment: piece.segment, offset: piece.offset }
        if (piece.kind === 'tail') break
        chain.take(piece, text => ring.open(text))
        note = piece.note
      }
      return note === null ? null : { note, head: ring.open(note) }
    }
  }
}

/** Tiles, and the checkpoint over them (c2sp.org/tlog-tiles). Hashes alone are read. */
export function tilesSource (fetch: FetchTile, keys: readonly VerifierKey[]): Source {
  return {
    async look (frontier, seen) {
      const note = (await fetch('checkpoint')).toString('utf8')
      const head = openCheckpoint(note, keys)
      while (frontier.size < head.size) {
        const { hashes, from } = await leafTile(fetch, frontier.size, head.size)
        for (const hash of hashes.slice(frontier.size - from)) {
          frontier.append(hash)
          seen()
        }
      }
      if (frontier.size === head.size && !frontier.root().equals(head.root)) throw new BrokenLog('the tiles are not those of their checkpoint', `a tree of ${head.size}`)
      return { note, head }
    }
  }
}
