/** What a writer does to its log at an operator's order: rotate the key, remove old segments, set a legal hold. */
import { rmSync } from 'node:fs'
import { adoptNextKey, makeNextKey } from './keys.ts'
import type { Ledger } from './ledger.ts'
import type { Links } from './links.ts'
import { verifierText, type SigningKey } from './note.ts'
import type { Order } from './orders.ts'
import type { SystemBody } from './record.ts'
import { readSeal, syncSeal, type Seal } from './seal.ts'
import { storedLeaves, syncTree } from './tree-files.ts'
import { listSeals, listSegments, segmentFile } from './verify/files.ts'
import { rotationText } from './verify/keyring.ts'

export interface House {
  readonly folder: string
  readonly ledger: Ledger
  readonly links: Links
  /** True where another process holds the key. */
  readonly keyIsElsewhere: boolean
}

/** Answers why an order was refused, or null where it was carried out. What it throws means that the log cannot be written. */
export function carryOut (house: House, order: Order): string | null {
  switch (order.kind) {
    case 'rotate': return rotate(house)
    case 'hold': return hold(house, order)
    case 'prune': return prune(house, order)
    case 'gap': return order.kind // taken when a log is begun
  }
}

/**
 * The rotation stands in a frame that both keys sign; from the next one on the new key signs alone. A crash in between is settled by
 * that note at the next start.
 */
function rotate ({ folder, ledger, keyIsElsewhere }: House): string | null {
  if (keyIsElsewhere) return 'the key is held by another process (signer): it is not rotated here'
  const next = makeNextKey(folder, ledger.key)
  ledger.addOwn(rotationRecord(ledger.key, next))
  ledger.commit(next)
  adoptNextKey(folder, next)
  ledger.adopt(next)
  return null
}

function rotationRecord (older: SigningKey, newer: SigningKey): SystemBody {
  const [oldKey, newKey] = [verifierText(older), verifierText(newer)]
  const text = rotationText(oldKey, newKey)
  return {
    event: 'rotate_key',
    kind: 'system',
    new_key: newKey,
    new_proof: newer.sign(text).toString('base64'),
    old_key: oldKey,
    old_proof: older.sign(text).toString('base64')
  }
}

function hold ({ ledger }: House, { held, reason }: Extract<Order, { kind: 'hold' }>): null {
  ledger.addOwn({ event: 'hold', held, kind: 'system', reason })
  ledger.commit()
  return null
}

/**
 * Whole segments at the log's beginning are removed, their hashes stay. What the next start and every later proof need of them is made
 * durable first, the removal is on record, and only then does it happen, the oldest first: cut short, it can be ordered again.
 */
function prune ({ folder, ledger, links }: House, { before_us: beforeUs, reason }: Extract<Order, { kind: 'prune' }>): string | null {
  if (links.held) return 'a legal hold is set: nothing is pruned'
  const last = lastSealBefore(folder, beforeUs)
  if (last === null) return 'no sealed segment is that old'
  const openIndex = Math.min(...[...links.open.values()].map(({ index }) => index))
  if (openIndex < last.size) return `the decision at record ${openIndex} has no outcome yet`
  if (storedLeaves(folder) < last.size) return 'the tree\'s hashes are not all stored'
  syncTree(folder)
  syncSeal(folder, last.segment)
  const segments = listSegments(folder).filter(segment => segment <= last.segment)
  ledger.addOwn({ before_index: last.size, event: 'prune', kind: 'system', reason, segments })
  ledger.commit()
  for (const segment of segments) rmSync(segmentFile(folder, segment))
  return null
}

/** The newest seal whose records are all older. */
function lastSealBefore (folder: string, beforeUs: number): Seal | null {
  const present = new Set(listSegments(folder))
  const seals = listSeals(folder).filter(segment => present.has(segment)).map(segment => readSeal(folder, segment)?.seal ?? null)
  return seals.findLast(seal => seal !== null && seal.time_us < beforeUs) ?? null
}
