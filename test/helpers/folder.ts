/**
 * Folders for tests, on the disk of the checkout: synchronous writes mean nothing on a tmpfs, which /tmp often is.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageFile } from '../../core/package.ts'

/** What a helper needs of a test: a place to hang its cleaning up. Callbacks run last in, first out. */
export interface Teardown { teardown (callback: () => unknown): void }

/** A fresh folder, removed when the test ends. Absolute path. */
export function temporaryFolder (t: Teardown): string {
  const root = packageFile('var/test/')
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(join(root, 't-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) })
  return folder
}

/** Writes files below a folder, by relative path. Values that are no text are written as JSON. */
export function writeFiles (folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2))
  }
}
