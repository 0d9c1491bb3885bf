/** Reads the leaves of the tree: each a record, one canonical JSON text. */
import type { RecordEnvelope } from '../record.ts'
import { RecordView } from './view.ts'

/** The record of a leaf. Throws where it is none, or not in canonical form. */
export function parseLeaf (leaf: Buffer): RecordEnvelope {
  return new RecordView(leaf).value()
}
