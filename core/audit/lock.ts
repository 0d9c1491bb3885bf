/**
 * One writer a log. Within one network namespace an abstract socket decides, which the kernel takes back with its process; beyond
 * it (two containers, one volume) a lock file that its holder touches.
 */
import { readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { openKeyFile } from '../enforce/key-file.ts'
import { orAbsent } from './verify/files.ts'

const touchMs = 2000
const staleMs = 10_000

interface Holder { readonly pid: number, readonly machine: string, readonly network: string }

/** Releases the lock. */
export type Release = () => void

/** Takes the lock of a folder, waiting up to `patienceMs` for a writer that is about to end. Throws where it is held. */
export async function lockFolder (folder: string, patienceMs: number): Promise<Release> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const release = await tryLock(folder)
    if (release !== null) return release
    if (Date.now() > deadline) throw new Error('another writer holds the log')
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

async function tryLock (folder: string): Promise<Release | null> {
  const server = await holdSocket(folder)
  if (server === null) return null
  const file = join(folder, 'lock')
  const self = describeSelf()
  if (!takeFile(file, self)) {
    server.close()
    return null
  }
  const touching = setInterval(() => { touch(file) }, touchMs).unref()
  return () => {
    clearInterval(touching)
    rmSync(file, { force: true })
    server.close()
  }
}

async function holdSocket (folder: string): Promise<Server | null> {
  const { dev, ino } = statSync(folder)
  const name = process.platform === 'linux' ? `\0sallyport-audit-${dev}-${ino}-${secretName(folder)}` : join(folder, 'lock.socket')
  const server = createServer(connection => { connection.destroy() }).unref()
  return await new Promise(resolve => {
    server.once('error', () => { resolve(null) })
    server.listen(name, () => { resolve(server) })
  })
}

/** Names of abstract sockets are free to any user of the machine: this one cannot be guessed, and so not be taken by another. */
function secretName (folder: string): string {
  return openKeyFile(join(folder, 'lock.name')).secret.export().toString('hex').slice(0, 32)
}

function takeFile (file: string, self: Holder): boolean {
  if (isHeld(file, self)) return false
  rmSync(file, { force: true })
  try {
    writeFileSync(file, JSON.stringify(self), { flag: 'wx', mode: 0o600 })
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false // another was quicker
    throw thrown
  }
}

/** A holder in our own network namespace is gone: we have its socket. One of an earlier run of the machine is gone too. */
function isHeld (file: string, self: Holder): boolean {
  const text = orAbsent(() => readFileSync(file, 'utf8'))
  if (text === null) return false
  try {
    const holder: Holder = JSON.parse(text)
    if (holder.machine !== self.machine || holder.network === self.network) return false
    return Date.now() - statSync(file).mtimeMs < staleMs
  } catch {
    return false
  }
}

function describeSelf (): Holder {
  return { pid: process.pid, machine: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()), network: textOf(() => readlinkSync('/proc/self/ns/net')) }
}

function textOf (read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function touch (file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {} // without it the lock looks stale to other containers only
}
