/** What is kept of a bundle's URL in the gateway's data folder: the last bundle that was in force, and which were before. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryState } from './history.ts'

export interface KeptBundle {
  state (): { readonly history: HistoryState } | null
  archive (): Uint8Array | null
  keepHistory (history: HistoryState): void
  keepArchive (archive: Uint8Array): void
}

export function openStore (data: string, url: URL): KeptBundle {
  const folder = join(data, 'policy')
  const name = join(folder, createHash('sha256').update(url.href).digest('hex').slice(0, 16))
  const read = (file: string): Buffer | null => {
    try {
      return readFileSync(file)
    } catch {
      return null // there is none yet, or it is lost: the network has it
    }
  }
  const write = (file: string, content: string | Uint8Array): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, content, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return {
    state: () => {
      const text = read(`${name}.json`)
      return text === null ? null : stateOf(text.toString('utf8'))
    },
    archive: () => read(`${name}.tar.gz`),
    keepHistory: history => { write(`${name}.json`, JSON.stringify({ url: url.href, history })) },
    keepArchive: archive => { write(`${name}.tar.gz`, archive) }
  }
}

/** Throws Error where the file was damaged: without it an old bundle could come back. */
function stateOf (text: string): { readonly history: HistoryState } {
  const { history } = JSON.parse(text) as { readonly history: HistoryState }
  if (!Array.isArray(history.replaced)) throw new Error('the record of bundles in the data folder is damaged')
  return { history }
}
