/**
 * Where a segment ends, the writer notes all that it must know to go on: a start then reads the last segment alone, however long the
 * log is. The seal's digest stands in the log, in the first record of the next segment, so that no other state passes for it.
 */
import { hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { canonicalize } from './canonical.ts'
import { makeFolder, syncFolder } from './folder.ts'
import { orAbsent, sealFile } from './verify/files.ts'
import type { Links, OpenDecision } from './links.ts'
import type { SystemBody } from './record.ts'
import type { Frontier } from './verify/tree.ts'

export interface Seal {
  readonly segment: number
  /** Records up to the segment's end. */
  readonly size: number
  /** Roots of the tree's complete subtrees, hex, the largest first. */
  readonly roots: readonly string[]
  readonly time_us: number
  /** The gateway's process at that time. */
  readonly boot: string
  /** True while a legal hold is set. */
  readonly held: boolean
  /** Decisions without an outcome: id and what is known of each. */
  readonly open: ReadonlyArray<readonly [id: string, decision: OpenDecision]>
}

/** The state of a log whose records up to here lie in segments up to this one. */
export function sealOf (segment: number, frontier: Frontier, links: Links, timeUs: number, boot: string): Seal {
  return { boot, held: links.held, open: [...links.open], roots: frontier.roots.map(root => root.toString('hex')), segment, size: frontier.size, time_us: timeUs }
}

/** The record that begins the segment after a sealed one. */
export function sealRecord (seal: Seal, root: Buffer): SystemBody {
  return { event: 'seal', kind: 'system', root: root.toString('base64'), segment: seal.segment, size: seal.size, state: digestOf(canonicalize(seal)) }
}

/** Not synced: a seal that is lost or torn costs the next start a longer read, no more. */
export function writeSeal (folder: string, seal: Seal): void {
  const file = sealFile(folder, seal.segment)
  makeFolder(dirname(file))
  writeFileSync(file, canonicalize(seal), { mode: 0o600 })
}

/** Before the records that a seal stands for go, it must last. */
export function syncSeal (folder: string, segment: number): void {
  const file = sealFile(folder, segment)
  const fd = openSync(file, 'r+')
  fsyncSync(fd)
  closeSync(fd)
  syncFolder(dirname(file))
}

/** Null where there is none that can be read. It is the log's own only if `state` in the next segment's first record is its digest. */
export function readSeal (folder: string, segment: number): { readonly seal: Seal, readonly state: string } | null {
  const text = orAbsent(() => readFileSync(sealFile(folder, segment), 'utf8'))
  try {
    return text === null ? null : { seal: JSON.parse(text), state: digestOf(text) }
  } catch {
    return null // torn
  }
}

function digestOf (text: string): string {
  return `sha256:${hash('sha256', text, 'hex')}`
}
