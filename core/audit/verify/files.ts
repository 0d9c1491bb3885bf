/** What lies where in an audit folder, for whoever reads it. */
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'

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
  return orAbsent(() => numbered(join(folder, 'seals'), '.json')) ?? [] // no segment was sealed yet
}

/** What is read, or null where no such file is. Throws where it is there and cannot be read: that is no absence. */
export function orAbsent<T> (read: () => T): T | null {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null
    throw thrown
  }
}

/** Numbers of the segments there are, ascending. Throws where there is no log. */
export function listSegments (folder: string): number[] {
  return numbered(recordsFolder(folder), '.seg')
}

function numbered (folder: string, ending: string): number[] {
  return readdirSync(folder).filter(name => name.endsWith(ending) && /^\d{8}\./.test(name)).map(name => Number(name.slice(0, 8))).sort((a, b) => a - b)
}

/** Where the hashes of the tree's sealed part lie: level 0 are the leaves, each next one stands for 256 of the last. */
export function treeFile (folder: string, level: number): string {
  return join(folder, 'tree', String(level))
}

const hashBytes = 32
const readBytes = 8192

/** The first `count` leaf hashes, as far as the file holds them. */
export function * leafHashes (folder: string, count: number): Generator<Buffer, void> {
  if (count === 0 || !existsSync(treeFile(folder, 0))) return
  const fd = openSync(treeFile(folder, 0), 'r')
  try {
    for (let at = 0; at < count * hashBytes; at += readBytes) {
      const part = Buffer.alloc(Math.min(readBytes, count * hashBytes - at))
      if (readSync(fd, part, 0, part.length, at) < part.length) return
      for (let hash = 0; hash < part.length; hash += hashBytes) yield part.subarray(hash, hash + hashBytes)
    }
  } finally {
    closeSync(fd)
  }
}
