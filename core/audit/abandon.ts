/** Gives up a log that cannot be continued: it is set aside as it is, and the next one says so in its first record. */
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, syncFolder, verifierFile } from './folder.ts'
import { readHead } from './floor.ts'
import { lockFolder } from './lock.ts'
import { placeOrder } from './orders.ts'
import { parseVerifier } from './verify/note.ts'
import { readLog } from './verify/reader.ts'

const asideFolder = 'abandoned'

/** Answers where the log lies now. Throws where a writer holds it. */
export async function abandonLog (folder: string, reason: string): Promise<string> {
  const release = await lockFolder(folder, 0)
  try {
    const previous = originIn(folder)
    const size = Math.max(readHead(join(folder, 'head'), previous)?.head.size ?? 0, countRecords(folder))
    const aside = join(folder, asideFolder, new Date().toISOString().replaceAll(':', ''))
    makeFolder(aside)
    for (const name of readdirSync(folder)) if (name !== asideFolder && !name.startsWith('lock')) renameSync(join(folder, name), join(aside, name))
    syncFolder(aside)
    syncFolder(folder)
    placeOrder(folder, { kind: 'gap', previous, size, reason })
    return aside
  } finally {
    release()
  }
}

function originIn (folder: string): string {
  const file = verifierFile(folder)
  return existsSync(file) ? parseVerifier(readFileSync(file, 'utf8')).origin : 'unknown'
}

/** As far as they can be read. */
function countRecords (folder: string): number {
  let count = 0
  try {
    for (const piece of readLog(folder)) if (piece.kind === 'frame') count += piece.leaves.length
  } catch {} // what follows is damaged
  return count
}
