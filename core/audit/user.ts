/** The user that the writer runs as: the log and its key are then out of the reach of every other, the gateway's callers and endpoints too. */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from './folder.ts'

export interface User { readonly uid: number, readonly gid: number }

/** Throws where there is no such user, or where this process may not become another. */
export function findUser (name: string): User {
  const user = { uid: idOf(name, '-u'), gid: idOf(name, '-g') }
  const own = process.getuid?.()
  if (own !== 0 && own !== user.uid) throw new Error(`the writer can run as ${name} only where the gateway is started by root`)
  return user
}

function idOf (name: string, option: '-u' | '-g'): number {
  try {
    return Number(execFileSync('id', [option, '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    throw new Error(`there is no user ${name} that the audit writer could run as`)
  }
}

/** Makes an audit folder and all in it that user's own; the folder above lets it pass, and shows it nothing. */
export function handOver (folder: string, { uid, gid }: User): void {
  makeFolder(folder)
  if (process.getuid?.() !== 0) return
  chmodSync(dirname(folder), statSync(dirname(folder)).mode & 0o777 | 0o011)
  give(folder, uid, gid)
}

function give (path: string, uid: number, gid: number): void {
  const found = lstatSync(path)
  if (found.isSymbolicLink()) return
  if (found.uid !== uid) chownSync(path, uid, gid)
  if (found.isDirectory()) for (const name of readdirSync(path)) give(join(path, name), uid, gid)
}

/** What root puts into a folder for its owner belongs to that owner. */
export function giveToOwner (folder: string, ...paths: readonly string[]): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  for (const path of paths) chownSync(path, uid, gid)
}
