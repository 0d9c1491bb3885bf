/** Opens a log for writing: reads all of it, proves it whole, and cuts off what a write under way left behind. */
import { Chain, type SeeRecord } from './chain.ts'
import { Disk } from './disk.ts'
import { factsOf } from './facts.ts'
import { makeFolder, recordsFolder } from './folder.ts'
import { encodeFrame } from './frame.ts'
import { Ledger } from './ledger.ts'
import { bodyOf } from './leaf.ts'
import { Links } from './links.ts'
import { openCheckpoint, parseCheckpoint, parseVerifier, verifierText, type SigningKey, type VerifierKey } from './note.ts'
import { readLog, type FramePiece, type TailPiece } from './reader.ts'
import { Store } from './store.ts'

export interface OpenedLog {
  readonly ledger: Ledger
  readonly links: Links
}

interface Found {
  readonly chain: Chain
  readonly links: Links
  readonly last: FramePiece | null
  readonly tail: TailPiece
}

/** Throws {@link BrokenLog} for a log that does not hold together: nothing may be added to one. */
export function openForWriting (folder: string, key: SigningKey, boot: string): OpenedLog {
  makeFolder(recordsFolder(folder))
  const disk = Disk.open(folder)
  const { chain, links, last, tail } = follow(folder, key, disk)
  const store = Store.open(folder, disk, tail, tail.tornBytes)
  // After a failed write a frame may be seen that is not durable: the last one is written again before it is built upon.
  if (last !== null && last.segment === tail.segment) store.confirm(encodeFrame(last.leaves, last.note))
  const ledger = new Ledger({ key, frontier: chain.frontier, links, store, timeUs: chain.timeUs, boot })
  if (tail.tornBytes > 0) ledger.addOwn({ kind: 'system', event: 'recover', dropped_bytes: tail.tornBytes, size: chain.frontier.size })
  return { ledger, links }
}

function follow (folder: string, key: SigningKey, disk: Disk): Found {
  const links = new Links()
  const chain = new Chain(linkRecords(links))
  const verifier = parseVerifier(verifierText(key))
  let last: FramePiece | null = null
  let tail: TailPiece = { kind: 'tail', segment: 0, offset: 0, tornBytes: 0 }
  for (const piece of readLog(folder, file => disk.read(file))) {
    if (piece.kind === 'tail') tail = piece
    else {
      chain.take(piece, note => parseCheckpoint(note, [key]))
      last = piece
    }
  }
  if (last !== null) requireSigned(last, verifier)
  return { chain, links, last, tail }
}

/** The last checkpoint covers all records: its signature stands for those before. */
function requireSigned (last: FramePiece, verifier: VerifierKey): void {
  openCheckpoint(last.note, [verifier])
}

function linkRecords (links: Links): SeeRecord {
  let boot = ''
  return ({ body, index }, hash, leaf) => {
    if (body.kind === 'system' && body.event === 'start') boot = String(body['boot'])
    const facts = factsOf(bodyOf(leaf))
    if (facts !== null) links.recorded(facts, index, hash.toString('hex'), boot)
  }
}
