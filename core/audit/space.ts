/** How much room is left for the log, and what may still be written there. */
import { statfsSync } from 'node:fs'

/**
 * `ample`: all is recorded. `low`: an alarm, and strangers get no records of their own. `none`: no decision is recorded, so that the
 * outcomes of those that were still have room.
 */
export type Space = 'ample' | 'low' | 'none'

/** Below this part of the free space asked for, no decision is recorded. */
const reservePart = 1 / 8

export function spaceIn (folder: string, freeSpaceBytes: number): Space {
  const { bavail, bsize } = statfsSync(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= freeSpaceBytes) return 'ample'
  return freeBytes >= freeSpaceBytes * reservePart ? 'low' : 'none'
}
