/** Values that a detector of one's own may find, kept as keyed digests. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { valueDigest } from '../../../../core/enforce/distinct.ts'
import { readKeyFile } from '../../../../core/enforce/key-file.ts'

/** Tells the values of a file from others. Throws Error where it cannot be read, or a line of it is no digest. */
export function knownValues ({ file, key }: { readonly file: string, readonly key: string }, folder: string): (value: string) => boolean {
  const { secret } = readKeyFile(resolve(folder, key))
  const lines = readFileSync(resolve(folder, file), 'utf8').split(/\r?\n/)
  const digests = new Set<string>()
  lines.forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return
    if (!/^[0-9a-f]{64}$/.test(line)) throw new Error(`line ${index + 1} of ${file} is no digest`)
    digests.add(line)
  })
  return value => digests.has(valueDigest(secret, value))
}
