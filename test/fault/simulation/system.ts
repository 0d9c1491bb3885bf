/** Puts a simulated volume below node:fs, for paths under one folder: the code above it is what runs in production, unchanged. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { PowerCut, systemError, type Inode, type Volume } from './volume.ts'

export const simulated = '/simulated'

const { O_DIRECT, O_DSYNC, O_CREAT, O_TRUNC } = fs.constants
const firstDescriptor = 1_000_000

interface Opened { readonly inode: Inode | null, readonly flags: number }

let volume: Volume | null = null
const opened = new Map<number, Opened>()
let nextDescriptor = firstDescriptor

/** From now on this is the disk. Descriptors of the one before are closed. */
export function mount (next: Volume): void {
  volume = next
  opened.clear()
}

function isOurs (path: unknown): path is string {
  return typeof path === 'string' && path.startsWith(simulated)
}

function mounted (): Volume {
  if (volume === null) throw new Error('no volume is mounted')
  return volume
}

function flagsOf (flags: number | string | undefined): number {
  if (typeof flags === 'number') return flags
  return { r: 0, 'r+': 2, w: O_CREAT | O_TRUNC | 1, 'w+': O_CREAT | O_TRUNC | 2 }[flags ?? 'r'] ?? 0
}

function open (path: string, given: number | string | undefined): number {
  const flags = flagsOf(given)
  if ((flags & O_DIRECT) !== 0 && !mounted().isDirect) throw systemError('EINVAL')
  const descriptor = nextDescriptor++
  opened.set(descriptor, { inode: mounted().isFolder(path) ? null : fileAt(path, flags), flags })
  return descriptor
}

function fileAt (path: string, flags: number): Inode {
  const found = mounted().inode(path)
  if (found === undefined && (flags & O_CREAT) === 0) throw systemError('ENOENT')
  const inode = found ?? mounted().create(path)
  if (found !== undefined && (flags & O_TRUNC) !== 0) mounted().truncate(inode, 0)
  return inode
}

function inodeOf (descriptor: number): Inode {
  const inode = opened.get(descriptor)?.inode
  if (inode === undefined || inode === null) throw systemError('EBADF')
  return inode
}

function has (descriptor: number, flag: number): boolean {
  return ((opened.get(descriptor)?.flags ?? 0) & flag) !== 0
}

function write (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
  return mounted().write(inodeOf(descriptor), Buffer.from(bytes.buffer, bytes.byteOffset + offset, length), position, has(descriptor, O_DSYNC))
}

function sync (descriptor: number): void {
  if (opened.get(descriptor)?.inode === null) mounted().syncFolder()
  else mounted().sync(inodeOf(descriptor))
}

function readWhole (path: string): Buffer {
  const inode = mounted().inode(path)
  if (inode === undefined) throw systemError('ENOENT')
  const bytes = Buffer.alloc(inode.cache.size)
  mounted().read(inode, bytes, 0, false)
  return bytes
}

function writeFile (target: string | number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text)
  const descriptor = typeof target === 'number' ? target : open(target, 'w')
  write(descriptor, bytes, 0, bytes.length, 0)
  if (typeof target === 'string') opened.delete(descriptor)
}

/** What the code under test calls. Each falls back to the real one beyond the simulated folder. */
const calls: Record<string, (...words: never[]) => unknown> = {
  openSync: open,
  closeSync: (descriptor: number) => { opened.delete(descriptor) },
  writeSync: (descriptor: number, bytes: Uint8Array, offset = 0, length = bytes.length, position = 0) => write(descriptor, bytes, offset, length, position),
  readSync: (descriptor: number, into: Buffer, offset: number, length: number, position: number) => mounted().read(inodeOf(descriptor), into.subarray(offset, offset + length), position, has(descriptor, O_DIRECT)),
  fsyncSync: sync,
  ftruncateSync: (descriptor: number, size: number) => { mounted().truncate(inodeOf(descriptor), size) },
  existsSync: (path: string) => mounted().inode(path) !== undefined || mounted().isFolder(path),
  statSync: (path: string) => ({ size: mounted().inode(path)?.cache.size ?? missing() }),
  readdirSync: (path: string) => mounted().isFolder(path) ? mounted().list(path) : missing(),
  mkdirSync: (path: string) => { makeFolders(path) },
  rmSync: (path: string, options?: { force?: boolean }) => {
    if (mounted().inode(path) !== undefined) mounted().remove(path)
    else if (options?.force !== true) missing()
  },
  renameSync: (from: string, to: string) => { mounted().rename(from, to) },
  readFileSync: (path: string, encoding?: BufferEncoding) => encoding === undefined ? readWhole(path) : readWhole(path).toString(encoding),
  writeFileSync: writeFile
}

function missing (): never {
  throw systemError('ENOENT')
}

function makeFolders (path: string): void {
  const parts = path.split('/')
  for (let count = 2; count <= parts.length; count++) mounted().makeFolder(parts.slice(0, count).join('/'))
}

/** A handle of node:fs/promises, as far as it is used. */
function handleOf (descriptor: number): object {
  return {
    write: async (bytes: Buffer, offset: number, length: number, position: number) => ({ bytesWritten: write(descriptor, bytes, offset, length, position) }),
    datasync: async () => { sync(descriptor) },
    sync: async () => { sync(descriptor) },
    close: async () => { opened.delete(descriptor) }
  }
}

/** Installs it for the whole process. */
export function install (): void {
  const host = fs as unknown as Record<string, (...words: unknown[]) => unknown>
  for (const [name, call] of Object.entries(calls)) {
    const real = host[name]
    host[name] = (...words: unknown[]) => isOurs(words[0]) || (typeof words[0] === 'number' && words[0] >= firstDescriptor) ? call(...words as never[]) : real?.(...words)
  }
  const promises = fs.promises as unknown as Record<string, (...words: unknown[]) => unknown>
  const realOpen = promises['open']
  promises['open'] = async (...words: unknown[]) => isOurs(words[0]) ? handleOf(open(words[0], words[1] as number)) : await realOpen?.(...words)
  syncBuiltinESMExports()
}

export { PowerCut }
