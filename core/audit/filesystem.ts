/** What the log's filesystem promises, and how much room it has. */
import { readFileSync, realpathSync, statfsSync } from 'node:fs'
import { sep } from 'node:path'

/** statfs(2) magic numbers of filesystems in memory: a synchronous write there promises nothing. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])
const overlay = 0x794c7630

/** False where a synchronous write would not survive a power cut: tmpfs, ramfs, an overlay whose upper layer is one. */
export function isDurable (folder: string): boolean {
  const { type } = statfsSync(folder)
  if (inMemory.has(type)) return false
  return type !== overlay || !isUpperInMemory(folder)
}

/** Where the upper layer cannot be seen from here (a container) it is taken for a disk: nothing better is known. */
function isUpperInMemory (folder: string): boolean {
  try {
    const upper = upperLayer(realpathSync(folder), readFileSync('/proc/self/mountinfo', 'utf8'))
    return upper !== null && inMemory.has(statfsSync(upper).type)
  } catch {
    return false
  }
}

/** The `upperdir` of the overlay mount that holds a path, from the text of mountinfo (proc(5)). */
export function upperLayer (path: string, mountinfo: string): string | null {
  const mounts = mountinfo.split('\n').map(line => line.split(' ')).filter(([, , , , point]) => point !== undefined && holds(point, path))
  const deepest = mounts.sort((a, b) => (b[4]?.length ?? 0) - (a[4]?.length ?? 0))[0]?.join(' ') ?? ''
  return /(?:^|[ ,])upperdir=([^, ]+)/.exec(deepest)?.[1] ?? null
}

function holds (point: string, path: string): boolean {
  return point === '/' || path === point || path.startsWith(point + sep)
}

/** Bytes that may still be written. */
export function freeBytes (folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
