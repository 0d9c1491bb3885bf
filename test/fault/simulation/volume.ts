/**
 * A disk that keeps no more promises than POSIX makes it. What is written and not synced may be lost at a power cut, sector by sector and in any
 * order; a name that is not synced may be lost too; the write or sync under way may stop anywhere, or fail. After a sync that failed, what
 * it should have written is gone from the disk and still in the cache.
 */
import { Random } from './random.ts'

export const sectorBytes = 512
const zeroSector = Buffer.alloc(sectorBytes)
const zeros = Buffer.alloc(256 * 1024)

/** What a plan does to one call. */
export type Fault = 'cut' | 'EIO' | 'ENOSPC' | 'short'

/** Thrown where the power is cut: nothing after it happens. */
export class PowerCut extends Error {}

/** Content: sectors that are not all zero. */
interface Content { size: number, readonly sectors: Map<number, Buffer> }

export interface Inode {
  /** As the cache has it. */
  readonly cache: Content
  readonly disk: Content
  /** Sectors and sizes that the cache has and the disk has not. */
  dirty: Array<{ readonly sector: number } | { readonly size: number }>
}

type NameChange = { readonly path: string, readonly inode: Inode | null }

export class Volume {
  readonly #random: Random
  /** Names as the running system has them, and as the disk has them. */
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  #changes: NameChange[] = []
  readonly #folders = new Set<string>()
  /** Calls so far that change something. */
  calls = 0
  /** At which call what happens. */
  plan: { readonly call: number, readonly fault: Fault } | null = null
  /** True once the planned fault came about. */
  faulted = false
  /** False where the filesystem knows no way past its cache. */
  isDirect = true
  /** A volume that takes synchronous writes and syncs as if they were none: the writer that forgot them. */
  readonly ignoresSync: boolean

  constructor (seed: number, ignoresSync = false) {
    this.#random = new Random(seed)
    this.ignoresSync = ignoresSync
  }

  inode (path: string): Inode | undefined {
    return this.#names.get(path)
  }

  isFolder (path: string): boolean {
    return this.#folders.has(path)
  }

  makeFolder (path: string): void {
    this.#folders.add(path) // folders are made once, long before anything counts on them
  }

  list (folder: string): string[] {
    const inside = [...this.#names.keys(), ...this.#folders].filter(path => path.startsWith(`${folder}/`))
    return [...new Set(inside.map(path => path.slice(folder.length + 1).split('/', 1)[0] ?? ''))].sort()
  }

  create (path: string): Inode {
    this.#step(() => {})
    const inode: Inode = { cache: { size: 0, sectors: new Map() }, disk: { size: 0, sectors: new Map() }, dirty: [] }
    this.#name(path, inode)
    return inode
  }

  rename (from: string, to: string): void {
    const inode = this.#names.get(from)
    if (inode === undefined) throw systemError('ENOENT')
    this.#step(() => {})
    this.#name(to, inode)
    this.#name(from, null)
  }

  remove (path: string): void {
    this.#step(() => {})
    this.#name(path, null)
  }

  /** Answers how many bytes were written. */
  write (inode: Inode, bytes: Buffer, offset: number, isSynchronous: boolean): number {
    const isDurable = isSynchronous && !this.ignoresSync
    const fault = this.#step(() => { this.#writePartly(inode, bytes, offset) }, () => {
      this.#writePartly(inode, bytes, offset)
      this.#settlePartly(inode)
      inode.dirty = []
    })
    const kept = fault === 'short' ? bytes.subarray(0, this.#random.below(bytes.length)) : bytes
    const touched = put(inode.cache, kept, offset)
    if (inode.cache.size < offset + kept.length) {
      inode.cache.size = offset + kept.length
      inode.dirty.push({ size: inode.cache.size })
    }
    for (const sector of touched) inode.dirty.push({ sector })
    if (isDurable) this.#settle(inode)
    return kept.length
  }

  truncate (inode: Inode, size: number): void {
    this.#step(() => {})
    for (const sector of inode.cache.sectors.keys()) {
      if (sector * sectorBytes < size) continue
      inode.cache.sectors.delete(sector)
      inode.dirty.push({ sector })
    }
    inode.cache.size = size
    inode.dirty.push({ size })
  }

  sync (inode: Inode): void {
    this.#step(() => { this.#settlePartly(inode) }, () => { inode.dirty = [] })
    if (!this.ignoresSync) this.#settle(inode)
  }

  syncFolder (): void {
    this.#step(() => {})
    if (this.ignoresSync) return
    for (const { path, inode } of this.#changes) setOrDelete(this.#durableNames, path, inode)
    this.#changes = []
  }

  /** As the disk has it, past the cache, or as the cache has it. */
  read (inode: Inode, into: Buffer, offset: number, isDirect: boolean): number {
    const content = isDirect ? inode.disk : inode.cache
    const bytes = Math.max(0, Math.min(into.length, content.size - offset))
    into.fill(0, 0, bytes)
    for (const [sector, held] of content.sectors) {
      const at = sector * sectorBytes - offset
      if (at <= -sectorBytes || at >= bytes) continue
      held.copy(into, Math.max(0, at), Math.max(0, -at), Math.min(sectorBytes, bytes - at))
    }
    return bytes
  }

  /** The power comes back: of what was not synced some is there, some is not. */
  powerUp (): void {
    const journal = this.#changes.slice(0, this.#random.below(this.#changes.length + 1))
    for (const { path, inode } of journal) setOrDelete(this.#durableNames, path, inode)
    this.#changes = []
    for (const inode of new Set([...this.#names.values(), ...this.#durableNames.values()])) {
      this.#settlePartly(inode)
      inode.dirty = []
      inode.cache.size = inode.disk.size
      inode.cache.sectors.clear()
      for (const [sector, bytes] of inode.disk.sectors) inode.cache.sectors.set(sector, bytes)
    }
    this.#names.clear()
    for (const [path, inode] of this.#durableNames) this.#names.set(path, inode)
  }

  /** A volume in the same state: nothing of the two is shared but bytes, which never change. */
  copy (seed: number, ignoresSync = false): Volume {
    const copy = new Volume(seed, ignoresSync)
    const copies = new Map<Inode, Inode>()
    const twin = (inode: Inode): Inode => {
      const known = copies.get(inode)
      if (known !== undefined) return known
      const made = { cache: copyOf(inode.cache), disk: copyOf(inode.disk), dirty: [...inode.dirty] }
      copies.set(inode, made)
      return made
    }
    for (const [path, inode] of this.#names) copy.#names.set(path, twin(inode))
    for (const [path, inode] of this.#durableNames) copy.#durableNames.set(path, twin(inode))
    for (const folder of this.#folders) copy.#folders.add(folder)
    copy.#changes = this.#changes.map(({ path, inode }) => ({ path, inode: inode === null ? null : twin(inode) }))
    return copy
  }

  #name (path: string, inode: Inode | null): void {
    setOrDelete(this.#names, path, inode)
    this.#changes.push({ path, inode })
  }

  /** Each call that changes something passes here: the planned one is cut, or fails. */
  #step (partly: () => void, failing: () => void = () => {}): Fault | null {
    const planned = this.plan
    if (planned === null || this.calls++ !== planned.call) return null
    this.faulted = true
    if (planned.fault === 'cut') {
      partly()
      throw new PowerCut()
    }
    if (planned.fault === 'short') return 'short'
    failing()
    throw systemError(planned.fault)
  }

  #writePartly (inode: Inode, bytes: Buffer, offset: number): void {
    for (const sector of put(inode.cache, bytes, offset)) inode.dirty.push({ sector })
    inode.cache.size = Math.max(inode.cache.size, offset + bytes.length)
  }

  #settle (inode: Inode): void {
    for (const change of inode.dirty) apply(inode, change)
    inode.dirty = []
  }

  /** Any part of it, in any order: each sector is there whole or not at all. */
  #settlePartly (inode: Inode): void {
    const share = this.#random.below(3) / 2 // nothing, half, all
    for (const change of inode.dirty) if (this.#random.chance(share)) apply(inode, change)
  }
}

function apply (inode: Inode, change: Inode['dirty'][number]): void {
  if ('size' in change) inode.disk.size = change.size
  else setOrDelete(inode.disk.sectors, change.sector, inode.cache.sectors.get(change.sector) ?? null)
}

function copyOf ({ size, sectors }: Content): Content {
  return { size, sectors: new Map(sectors) }
}

/** Answers the sectors it touched. */
function put (content: Content, bytes: Buffer, offset: number): number[] {
  const touched: number[] = []
  if (content.sectors.size === 0 && isZero(bytes)) return touched
  for (let at = 0; at < bytes.length;) {
    const sector = Math.floor((offset + at) / sectorBytes)
    const from = (offset + at) % sectorBytes
    const part = Math.min(sectorBytes - from, bytes.length - at)
    const next = Buffer.from(content.sectors.get(sector) ?? zeroSector)
    bytes.copy(next, from, at, at + part)
    if (content.sectors.has(sector) || !next.equals(zeroSector)) touched.push(sector)
    setOrDelete(content.sectors, sector, next.equals(zeroSector) ? null : next)
    at += part
  }
  return touched
}

function isZero (bytes: Buffer): boolean {
  return bytes.length <= zeros.length && bytes.equals(zeros.subarray(0, bytes.length))
}

function setOrDelete<K, V> (map: Map<K, V>, key: K, value: V | null): void {
  if (value === null) map.delete(key)
  else map.set(key, value)
}

export function systemError (code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
