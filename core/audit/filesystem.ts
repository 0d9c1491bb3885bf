/** Does a synchronous write mean anything here? Linux: by the filesystem's magic number, through an overlay to what is below it, and by mount options. */
import { readFileSync, statfsSync } from 'node:fs'
import { resolve, sep } from 'node:path'

const tmpfs = 0x01021994
const ramfs = 0x858458f6
const overlay = 0x794c7630

/**
 * Why a power cut may lose what a synchronous write here promised, or null where nothing says so. An overlay whose upper layer cannot
 * be seen is taken at its word.
 */
export function filesystemFault (folder: string): string | null {
  const type = statfsSync(folder).type
  if (isMemory(type)) return 'a filesystem in memory, where a synchronous write promises nothing'
  const mounts = readMounts()
  if (keepsNoOrder(mounts, resolve(folder))) return 'a filesystem mounted without barriers, where a synchronous write promises nothing'
  const upper = type === overlay ? upperFolder(mounts, resolve(folder)) : null
  const upperType = upper === null ? null : typeOf(upper)
  return upperType !== null && isMemory(upperType) ? 'an overlay upon a filesystem in memory, where a synchronous write promises nothing' : null
}

/** True where the mount of a folder leaves out the flushes that make a write durable (ext4(5), xfs(5), btrfs(5); NFS: mount without sync on the server is not seen). */
export function keepsNoOrder (mounts: string, folder: string): boolean {
  return /(?:^|,)(?:nobarrier|barrier=0)(?:,|$)/.test(nearestMount(mounts, folder).options)
}

function isMemory (type: number): boolean {
  return type === tmpfs || type === ramfs
}

function typeOf (folder: string): number | null {
  try {
    return statfsSync(folder).type
  } catch {
    return null
  }
}

function readMounts (): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return ''
  }
}

/**
 * The upper layer of the overlay that holds a folder, or null.
 * @param mounts text of `/proc/self/mountinfo` (proc(5)): the mount point is the fifth field, the options follow ` - `
 */
export function upperFolder (mounts: string, folder: string): string | null {
  const upper = /(?:^|,)upperdir=([^,]+)/.exec(nearestMount(mounts, folder).options)?.[1]
  return upper === undefined ? null : unescape(upper)
}

function nearestMount (mounts: string, folder: string): { point: string, options: string } {
  const holding = mounts.split('\n').map(mountOf).filter(({ point }) => isWithin(folder, point))
  return holding.reduce((best, mount) => mount.point.length >= best.point.length ? mount : best, { point: '', options: '' })
}

function mountOf (line: string): { point: string, options: string } {
  const [mount = '', filesystem = ''] = line.split(' - ')
  return { point: unescape(mount.split(' ')[4] ?? ''), options: filesystem.split(' ')[2] ?? '' }
}

/** Spaces and their like are written as octal escapes. */
function unescape (text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}

function isWithin (folder: string, point: string): boolean {
  return point !== '' && (folder === point || point === sep || folder.startsWith(point + sep))
}
