/** Tells of changes below a folder, or of one file, once they have come to rest. */
import { watch } from 'node:fs'

/** Editors write a file in several steps, and tools many files: milliseconds without a further change. */
const restMs = 60

/**
 * Until the signal is aborted. What the watcher itself throws ends it silently: the signal's owner sees no further change.
 * @param only the one file of a folder that is watched: it may be replaced by another of its name
 */
export function watchPath (path: string, signal: AbortSignal, changed: () => void, only: string | null = null): void {
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(path, { recursive: only === null, persistent: false, signal })
  watcher.on('change', (_event, name) => {
    if (only !== null && name !== only) return
    clearTimeout(timer)
    timer = setTimeout(() => { if (!signal.aborted) changed() }, restMs)
  })
  watcher.on('error', () => {})
}
