/** A log as C2SP tiles (c2sp.org/tlog-tiles): where each lies, and how they are read. */
import { hashBytes } from './tree.ts'

export const tileWidth = 256
const entryLengthBytes = 2

/** Reads one file of an export by its path in there. Rejects where there is none. */
export type FetchTile = (path: string) => Promise<Buffer>

/** `tile/<L>/<N>[.p/<W>]`; `entries` in the place of the level for bundles of entries. */
export function tilePath (level: number | 'entries', number: number, width = tileWidth): string {
  const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0')
  const parts = digits.match(/\d{3}/g) ?? []
  const place = parts.map((part, at) => at < parts.length - 1 ? `x${part}` : part).join('/')
  return `tile/${level}/${place}${width < tileWidth ? `.p/${width}` : ''}`
}

/** What is left of a bundle whose first entries were pruned: not of the specification, so no client mistakes it for a bundle. */
export function restPath (path: string, pruned: number): string {
  return `${path}.rest/${pruned}`
}

/** The tile that holds leaf `index` in a tree of `size`, as hashes from leaf `from` on. */
export async function leafTile (fetch: FetchTile, index: number, size: number): Promise<{ readonly from: number, readonly hashes: Buffer[] }> {
  const number = Math.floor(index / tileWidth)
  const from = number * tileWidth
  const width = Math.min(tileWidth, size - from)
  const tile = await fetch(tilePath(0, number, width))
  if (tile.length !== width * hashBytes) throw new Error(`${tilePath(0, number, width)} has not ${width} hashes`)
  return { from, hashes: Array.from({ length: width }, (_, at) => tile.subarray(at * hashBytes, (at + 1) * hashBytes)) }
}

/** The entries of a bundle. Throws where it is cut. */
export function splitBundle (bundle: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at < bundle.length;) {
    const end = bundle.length - at < entryLengthBytes ? Infinity : at + entryLengthBytes + bundle.readUInt16BE(at)
    if (end > bundle.length) throw new Error('an entry is cut')
    entries.push(bundle.subarray(at + entryLengthBytes, end))
    at = end
  }
  return entries
}

/** The opposite of {@link splitBundle}. */
export function joinBundle (entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap(entry => {
    const length = Buffer.alloc(entryLengthBytes)
    length.writeUInt16BE(entry.length)
    return [length, entry]
  }))
}
