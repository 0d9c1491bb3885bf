/** The writer's own files in an audit folder, and writes that must outlive a power cut. */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The private key: the writer alone opens it. */
export function signingKeyFile (folder: string): string {
  return join(folder, 'keys', 'log.key')
}

/** The public key, as a note verifier key. */
export function verifierFile (folder: string): string {
  return join(folder, 'verifier.key')
}

export function makeFolder (folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Writes a file whole or not at all, and durably. */
export function writeDurably (file: string, text: string, mode: number): void {
  const draft = `${file}.draft`
  const fd = openSync(draft, 'w', mode)
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(draft, file)
  syncFolder(dirname(file))
}

/** Makes the names in a folder durable. */
export function syncFolder (folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
