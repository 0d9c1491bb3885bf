/** Evidence of one record, verified: its leaf, and a C2SP tlog-proof@v1 that it is in a signed tree (c2sp.org/tlog-proof). */
import type { RecordEnvelope } from '../record.ts'
import { Keyring } from './keyring.ts'
import type { Checkpoint, VerifierKey } from './note.ts'
import { rootFromPath } from './proof.ts'
import { leafHash } from './tree.ts'
import { RecordView } from './view.ts'

export interface Evidence {
  /** Canonical JSON: the leaf as it stands in the log. */
  readonly record: string
  /** tlog-proof text. */
  readonly proof: string
}

/** What evidence proves once it is verified. */
export interface Proven {
  readonly record: RecordEnvelope
  readonly hash: Buffer
  readonly checkpoint: Checkpoint
}

export const proofHeader = 'c2sp.org/tlog-proof@v1'

/** Reads evidence as JSON. Throws where it has another form. */
export function parseEvidence (text: string): Evidence {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('record' in value) || !('proof' in value)) throw new Error('evidence is { record, proof }')
  const { record, proof } = value
  if (typeof record !== 'string' || typeof proof !== 'string') throw new Error('record and proof are texts')
  return { record, proof }
}

/** Verifies evidence with public keys alone. Throws with the reason where it does not stand. */
export function checkEvidence ({ record: text, proof }: Evidence, keys: readonly VerifierKey[]): Proven {
  const { index, path, note } = parseProof(proof)
  const ring = new Keyring(keys)
  const checkpoint = ring.open(note)
  const leaf = Buffer.from(text)
  const view = new RecordView(leaf)
  if (!ring.holds(view)) throw new Error('the record\'s own signature does not stand')
  const record = view.value()
  const hash = leafHash(leaf)
  const root = rootFromPath(hash, index, checkpoint.size, path)
  if (root?.equals(checkpoint.root) !== true) throw new Error('the proof does not lead from the record to the signed root')
  if (record.index !== index || record.log !== checkpoint.origin) throw new Error('the record names another place or log than its proof')
  return { record, hash, checkpoint }
}

function parseProof (proof: string): { index: number, path: Buffer[], note: string } {
  const border = proof.indexOf('\n\n')
  const [header, place = '', ...path] = proof.slice(0, border).split('\n')
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(place)?.[1]
  if (border < 0 || header !== proofHeader || index === undefined) throw new Error(`the proof is no ${proofHeader}`)
  return { index: Number(index), path: path.map(hashOf), note: proof.slice(border + 2) }
}

function hashOf (text: string): Buffer {
  const hash = Buffer.from(text, 'base64')
  if (hash.length !== 32 || hash.toString('base64') !== text) throw new Error('a line of the proof is no hash')
  return hash
}
