/** The key of a witness: it cosigns checkpoints with the time (c2sp.org/tlog-cosignature, Ed25519). */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, writeDurably } from '../folder.ts'
import { newSigningKey, openSigningKey } from '../note.ts'
import { cosignature, cosignedText, keyId, splitNote } from '../verify/note.ts'

export interface Cosigner {
  readonly name: string
  /** `name+hash+base64`: who trusts this witness takes it by that. */
  readonly verifier: string
  /** The signature line of a note, as of now. */
  cosign (note: string): string
}

const timeBytes = 8

/** Opens the key in a file, PKCS#8 PEM; made if missing (mode 0600). */
export function openCosigner (name: string, file: string): Cosigner {
  if (!existsSync(file)) {
    makeFolder(dirname(file))
    writeDurably(file, newSigningKey(), 0o600)
  }
  const { publicKey, sign } = openSigningKey(name, readFileSync(file, 'utf8'))
  const id = keyId(name, publicKey, cosignature)
  const encoded = Buffer.concat([Buffer.from([cosignature]), publicKey]).toString('base64')
  return {
    name,
    verifier: `${name}+${id.toString('hex')}+${encoded}`,
    cosign: note => {
      const seconds = BigInt(Math.floor(Date.now() / 1000))
      const time = Buffer.alloc(timeBytes)
      time.writeBigUInt64BE(seconds)
      const signature = sign(cosignedText(splitNote(note).text, seconds))
      return `— ${name} ${Buffer.concat([id, time, signature]).toString('base64')}\n`
    }
  }
}
