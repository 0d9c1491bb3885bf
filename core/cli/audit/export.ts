import { resolve } from 'node:path'
import { exportTiles, type Exported } from '../../audit/export.ts'
import { exitCodes, print, required, UsageError, type Command } from '../command.ts'
import { logFolder } from './inputs.ts'

export const command: Command = {
  name: 'audit export',
  usage: `usage: sallyport audit export DIR --tiles OUT

Writes a log as C2SP tiles: its checkpoint, the tree's hashes, and the records. Any static file server serves them; audit verify and
programs that are not ours read them. Run again, it adds what is new. It verifies nothing.

  --tiles OUT   a folder; made if missing

exit codes: 0 written, 1 the log cannot be read, 2 usage

example: sallyport audit export var/audit --tiles /srv/audit`,
  options: { tiles: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const target = resolve(required(words, 'tiles'))
    const { size, files, pruned } = exported(logFolder(words.positionals[0] ?? ''), target)
    print(`${size} records as tiles in ${target}, ${files} files written${pruned === 0 ? '' : `; ${pruned} were pruned, of those the hashes alone`}`)
    return exitCodes.ok
  }
}

function exported (folder: string, target: string): Exported {
  try {
    return exportTiles(folder, target)
  } catch (error) {
    if (error instanceof Error && error.message === 'the log is empty') throw new UsageError(`${folder}: ${error.message}`)
    throw error
  }
}
