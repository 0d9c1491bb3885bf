/** What several measurements share. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { packageFile } from '../../core/package.ts'

export function median (numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** A fresh folder on the checkout's disk. */
export function openFolder (prefix: string): { readonly folder: string, remove (): void } {
  mkdirSync(packageFile('var/'), { recursive: true })
  const folder = mkdtempSync(packageFile(`var/${prefix}`))
  return { folder, remove: () => { rmSync(folder, { recursive: true, force: true }) } }
}
