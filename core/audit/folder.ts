/** What lies where in an audit folder, and the writes that must outlive a power cut. */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The segment files of the log. */
export function recordsFolder (folder: string): string {
  return join(folder, 'records')
}

export function segmentFile (folder: string, segment: number): string {
  return join(recordsFolder(folder), `${String(segment).padStart(8, '0')}.seg`)
}

/** The state of the log where a segment ends. */
export function sealFile (folder: string, segment: number): string {
  return join(folder, 'seals', `${String(segment).padStart(8, '0')}.json`)
}

/** Numbers of the segments that have a seal, ascending. */
export function listSeals (folder: string): number[] {
  try {
    return numbered(join(folder, 'seals'), '.json')
  } catch {
    return [] // no segment was sealed yet
  }
}

/** Numbers of the segments there are, ascending. Throws where there is no log. */
export function listSegments (folder: string): number[] {
  return numbered(recordsFolder(folder), '.seg')
}

function numbered (folder: string, ending: string): number[] {
  return readdirSync(folder).filter(name => name.endsWith(ending) && /^\d{8}\./.test(name)).map(name => Number(name.slice(0, 8))).sort((a, b) => a - b)
}

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
