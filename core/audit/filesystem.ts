/** Does a synchronous write mean anything here? Linux: by the filesystem's magic number, through an overlay to what is below it. */
import { readFileSync, statfsSync } from 'node:fs'
import { resolve, sep } from 'node:path'

const tmpfs = 0x01021994
const ramfs = 0x858458f6
const overlay = 0x794c7630

/** False where a power cut loses what a synchronous write promised. An overlay whose upper layer cannot be seen is taken at its word. */
export function keepsWrites (folder: string): boolean {
  const type = statfsSync(folder).type
  if (type !== overlay) return !isMemory(type)
  const upper = upperFolder(readMounts(), resolve(folder))
  const upperType = upper === null ? null : typeOf(upper)
  return upperType === null || !isMemory(upperType)
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
  const holding = mounts.split('\n').map(mountOf).filter(({ point }) => isWithin(folder, point))
  const nearest = holding.reduce((best, mount) => mount.point.length >= best.point.length ? mount : best, { point: '', options: '' })
  const upper = /(?:^|,)upperdir=([^,]+)/.exec(nearest.options)?.[1]
  return upper === undefined ? null : unescape(upper)
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
