/** Texts as they read once what is disguised in them is decoded: with what stands around it, and the way back. */
import type { Original } from '../offsets.ts'
import type { Decoded, Layer } from './decoded.ts'
import { findEncoded, findPairs } from './encoded.ts'
import { findEscapes } from './escapes.ts'

/** So much of the text around something decoded is read with it: words that name a value, and the rest of it. In units. */
const reach = 96

/** A longer rest goes on to the next space, at most so far. */
const longReach = 1024

export interface View {
  readonly text: string
  /** From spans of `text` to spans of the text that it was made of. */
  readonly original: Original
  /** Where in `text` the decoded stretches stand. */
  readonly stretches: ReadonlyArray<readonly [start: number, end: number]>
  /** How they were disguised. */
  readonly via: readonly Layer[]
}

/** Where encoded text may stand in a text, as the reader of anchors has noted. */
export interface Hints { readonly runs: StartsOf, readonly pairs: StartsOf, readonly hasEscapes: boolean }

/** Places in ascending order. */
export interface StartsOf { readonly items: ArrayLike<number>, readonly count: number }

/**
 * What is disguised in a text, decoded once: stretches that stand close to each other in one view.
 * @param isAsked what to decode, by where it stands
 */
export function viewsOf (text: string, { runs, pairs, hasEscapes }: Hints, isAsked: (start: number, end: number) => boolean): View[] {
  const found = [...findEncoded(text, runs), ...findPairs(text, pairs), ...hasEscapes ? findEscapes(text) : []]
  const asked = found.filter(({ start, end }) => isAsked(start, end)).sort((a, b) => a.start - b.start || b.end - a.end)
  return clustersOf(asked).map(cluster => viewOf(text, cluster))
}

/** Stretches that overlap one before are left out; a new cluster begins where the views would not touch. */
function clustersOf (sorted: readonly Decoded[]): Decoded[][] {
  const clusters: Decoded[][] = []
  let end = -Infinity
  for (const decoded of sorted) {
    if (decoded.start < end) continue
    if (decoded.start - end > 2 * reach) clusters.push([])
    clusters.at(-1)?.push(decoded)
    end = decoded.end
  }
  return clusters
}

function viewOf (text: string, cluster: readonly Decoded[]): View {
  const from = Math.max(0, (cluster[0]?.start ?? 0) - reach)
  const last = cluster.at(-1)?.end ?? 0
  const to = restEnd(text, last)
  const pieces: string[] = []
  const stretches: Array<readonly [number, number]> = []
  let length = 0
  let copied = from
  const add = (piece: string): void => {
    pieces.push(piece)
    length += piece.length
  }
  for (const { start, end, text: decoded } of cluster) {
    add(text.slice(copied, start))
    stretches.push([length, length + decoded.length])
    add(decoded)
    copied = end
  }
  add(text.slice(copied, to))
  return { text: pieces.join(''), original: wayBack(cluster, stretches, from), stretches, via: [...new Set(cluster.map(({ via }) => via))] }
}

function restEnd (text: string, last: number): number {
  let end = Math.min(text.length, last + reach)
  while (end < text.length && end < last + longReach && !isSpace(text.charCodeAt(end))) end++
  return end
}

function isSpace (unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13)
}

/** Between the stretches both texts run side by side. */
function wayBack (cluster: readonly Decoded[], stretches: View['stretches'], from: number): Original {
  const before = (place: number): number => {
    let low = 0
    let high = stretches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((stretches[middle]?.[0] ?? 0) <= place) low = middle + 1
      else high = middle
    }
    return low - 1
  }
  const aside = (index: number, place: number): number => index < 0 ? from + place : (cluster[index]?.end ?? 0) + place - (stretches[index]?.[1] ?? 0)
  const startOf = (place: number): number => {
    const index = before(place)
    const [at = 0, end = 0] = stretches[index] ?? []
    const decoded = cluster[index]
    if (decoded === undefined || place >= end) return aside(index, place)
    return decoded.start + (decoded.inner?.(place - at, place - at + 1)[0] ?? 0)
  }
  const endOf = (place: number): number => {
    const index = before(place - 1)
    const [at = 0, end = 0] = stretches[index] ?? []
    const decoded = cluster[index]
    if (decoded === undefined || place - 1 >= end) return aside(index, place)
    return decoded.inner === null ? decoded.end : decoded.start + decoded.inner(place - at - 1, place - at)[1]
  }
  return (start, end) => [startOf(start), end === start ? startOf(start) : endOf(end)]
}
