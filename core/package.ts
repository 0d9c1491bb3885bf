import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, whether this module runs from `dist/core` or from `core`. */
const root = findRoot(new URL('.', import.meta.url))

function findRoot (folder: URL): URL {
  const manifest = readManifest(new URL('package.json', folder))
  if (manifest?.name === 'sallyport') return folder
  const parent = new URL('..', folder)
  if (parent.href === folder.href) throw new Error('the sallyport package.json was not found above its own modules')
  return findRoot(parent)
}

function readManifest (url: URL): { name: string, version: string } | null {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as { name: string, version: string }
  } catch {
    return null
  }
}

/** The path of a file that ships with the package, named from the package's root: `packageFile('rego/library')`. */
export function packageFile (path: string): string {
  return fileURLToPath(new URL(path, root))
}

/** The version of this package, as in package.json. */
export const packageVersion: string = readManifest(new URL('package.json', root))?.version ?? '0.0.0'
