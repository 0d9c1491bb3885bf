/** Tells of changes below a folder, or of one file, once they have come to rest. */
import { watch } from 'node:fs'

/** Editors write a file in several steps, and tools many files: milliseconds without a further change. */
const restMs = 60

/** Until the signal is aborted. What the watcher itself throws ends it silently: the signal's owner sees no further change. */
export function watchPath (path: string, signal: AbortSignal, changed: () => void): void {
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(path, { recursive: true, persistent: false, signal })
  watcher.on('change', () => {
    clearTimeout(timer)
    timer = setTimeout(() => { if (!signal.aborted) changed() }, restMs)
  })
  watcher.on('error', () => {})
}
