/**
 * The keys that may sign a log's checkpoints, and where. A rotation stands in the log, signed by the key that goes and by the one that
 * comes: whoever trusts either of them trusts the other, each for its own part of the log.
 */
import { readFileSync } from 'node:fs'
import { verify } from 'node:crypto'
import { listSegments, segmentFile } from './files.ts'
import { ownSignature } from './leaf.ts'
import { openCheckpoint, parseVerifier, type Checkpoint, type VerifierKey } from './note.ts'
import type { RecordView } from './view.ts'

/** Texts of verifier keys, and what each signed over {@link rotationText}, base64. */
export interface Rotation { readonly old_key: string, readonly new_key: string, readonly old_proof: string, readonly new_proof: string }

/** What both keys sign. */
export function rotationText (oldKey: string, newKey: string): Buffer {
  return Buffer.from(`sallyport rotate_key\n${oldKey}\n${newKey}\n`)
}

export class Keyring {
  #keys: readonly VerifierKey[]
  /** Of the checkpoint that was opened last. */
  #size = 0

  constructor (keys: readonly VerifierKey[]) {
    this.#keys = keys
  }

  /** The checkpoint of a note. Throws where no key signed it that may sign a tree of that size. */
  open (note: string): Checkpoint {
    const checkpoint = openCheckpoint(note, this.#keys)
    this.#size = checkpoint.size
    return checkpoint
  }

  /** True where a record carries no signature of its own, or one by a key that may sign here. */
  holds (record: RecordView): boolean {
    if (!record.isSigned) return true
    const own = ownSignature(record.leaf)
    return own !== null && this.#keys.some(({ use, until, key }) => use === 'log' && this.#size <= until && verify(null, own.text, key, own.signature))
  }

  /** After a rotation the old key signs no larger tree than the one it stands in. Throws where it is not signed by both keys. */
  see (record: RecordView): void {
    if (record.kind !== 'system' || record.field('event') !== 'rotate_key') return
    const rotation = rotationOf(name => record.field(name))
    if (rotation === null) throw new Error('a rotation of keys is not signed by both')
    const [older, newer] = [parseVerifier(rotation.old_key), parseVerifier(rotation.new_key)]
    const others = this.#keys.filter(({ id }) => !id.equals(newer.id))
    const again = this.#keys.find(({ id }) => id.equals(newer.id)) ?? newer // a key given with a limit keeps it
    this.#keys = [...others.map(key => key.id.equals(older.id) ? { ...key, until: Math.min(key.until, this.#size) } : key), again]
  }
}

/** The keys given, and those that rotations in the log tie to them, one after another backwards. */
export function withEarlierKeys (folder: string, keys: readonly VerifierKey[]): VerifierKey[] {
  const known = [...keys]
  for (const rotation of rotationsIn(folder).reverse()) {
    const [older, newer] = [parseVerifier(rotation.old_key), parseVerifier(rotation.new_key)]
    const has = ({ id }: VerifierKey): boolean => known.some(key => key.id.equals(id))
    if (has(newer) && !has(older)) known.push(older)
  }
  return known
}

const mark = Buffer.from('"event":"rotate_key"')
/** Two keys and two signatures take less. */
const maxRotationBytes = 2048

/** Rotations that both keys signed, in order. Nothing but those signatures vouches for them here. */
function rotationsIn (folder: string): Rotation[] {
  return listSegments(folder).flatMap(segment => {
    const file = readFileSync(segmentFile(folder, segment))
    const found: Rotation[] = []
    for (let at = file.indexOf(mark); at !== -1; at = file.indexOf(mark, at + 1)) {
      const text = file.toString('latin1', at, at + maxRotationBytes)
      const rotation = rotationOf(name => new RegExp(`"${name}":"([^"]*)"`).exec(text)?.[1])
      if (rotation !== null) found.push(rotation)
    }
    return found
  })
}

function rotationOf (field: (name: string) => unknown): Rotation | null {
  const [oldKey, newKey, oldProof, newProof] = ['old_key', 'new_key', 'old_proof', 'new_proof'].map(name => String(field(name)))
  if (oldKey === undefined || newKey === undefined || oldProof === undefined || newProof === undefined) return null
  try {
    const text = rotationText(oldKey, newKey)
    const [older, newer] = [parseVerifier(oldKey), parseVerifier(newKey)]
    const both = verify(null, text, older.key, Buffer.from(oldProof, 'base64')) && verify(null, text, newer.key, Buffer.from(newProof, 'base64'))
    return both && older.origin === newer.origin ? { old_key: oldKey, new_key: newKey, old_proof: oldProof, new_proof: newProof } : null
  } catch {
    return null
  }
}
