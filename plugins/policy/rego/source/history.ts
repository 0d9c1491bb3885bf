/**
 * Which bundles were in force. A signature says who made a bundle, not when: an old one that was rightly signed could be sent
 * again to bring back what it allowed. One that was replaced is refused, and so is one whose revision is lower than that in
 * force, where both are numbers (`7`, `v1.4.2`).
 */
import { PolicyRefused } from './source.ts'

export interface History {
  isInForce (digest: string): boolean
  /** Throws {@link PolicyRefused} for a bundle of the past; otherwise it is the one that `inForce` speaks of. */
  admit (revision: string, digest: string): void
  inForce (): void
}

/** As it is kept between two starts. */
export interface HistoryState {
  readonly revision: string | null
  readonly digest: string | null
  /** Digests of those that were replaced, the eldest first. */
  readonly replaced: readonly string[]
}

const maxReplaced = 1000
const none: HistoryState = { revision: null, digest: null, replaced: [] }

/** @param keep hears of every change */
export function openHistory (before: HistoryState = none, keep: (state: HistoryState) => void = () => {}): History {
  let state = before
  let admitted: { readonly revision: string, readonly digest: string } | null = null
  return {
    isInForce: digest => state.digest === digest && admitted?.digest === digest,
    admit: (revision, digest) => {
      if (state.replaced.includes(digest)) throw new PolicyRefused(`the bundle ${revision} was in force before and was replaced: publish it under a new revision to bring it back`)
      if (digest !== state.digest && state.revision !== null && isLower(revision, state.revision)) throw new PolicyRefused(`the bundle ${revision} is older than ${state.revision}, which is in force`)
      admitted = { revision, digest }
    },
    inForce: () => {
      if (admitted === null || admitted.digest === state.digest) return
      const replaced = state.digest === null ? state.replaced : [...state.replaced, state.digest].slice(-maxReplaced)
      state = { revision: admitted.revision, digest: admitted.digest, replaced }
      keep(state)
    }
  }
}

function isLower (revision: string, than: string): boolean {
  const [a, b] = [numbersOf(revision), numbersOf(than)]
  if (a === null || b === null) return false
  for (const [index, number] of a.entries()) {
    const other = b[index] ?? 0n
    if (number !== other) return number < other
  }
  return a.length < b.length && b.slice(a.length).some(number => number > 0n)
}

/** Null for a revision that has no order, such as a commit. */
function numbersOf (revision: string): bigint[] | null {
  return /^v?[0-9]+(?:\.[0-9]+)*$/.test(revision) ? revision.replace(/^v/, '').split('.').map(BigInt) : null
}
