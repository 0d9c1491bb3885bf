/** The log as its one writer keeps it: frames appended by one synchronous write each, under a signed checkpoint. */
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonicalize } from './canonical.ts'
import { blockBytes, encodeFrame } from './frame.ts'
import { signCheckpoint, type SigningKey } from './note.ts'
import { maxRecordBytes, type RecordBody } from './record.ts'
import { listSegments, readSegment, segmentName } from './segments.ts'
import { Frontier, leafHash } from './tree.ts'

/** One record to append: the canonical text of its body. */
export interface Entry { readonly body: string }

export interface Appended { readonly index: number, readonly leafHash: string, readonly leaf: Buffer }

export interface Batch { readonly size: number, readonly checkpoint: string, readonly appended: readonly Appended[] }

/** A permit that has no outcome yet. */
export interface OpenDecision { readonly index: number, readonly leafHash: string, readonly boot: string }

/** What reading the whole log told. */
export interface Recovered {
  readonly open: Map<string, OpenDecision>
  /** Outcomes by decision, for a gateway that sends one again because its answer was lost. */
  readonly closed: Map<string, { readonly digest: string, readonly index: number, readonly leafHash: string }>
  /** Bytes of a frame whose write was cut; none of it was ever acknowledged. */
  readonly droppedBytes: number
}

const segmentBytes = 64 * 1024 * 1024
const growBytes = 1024 * 1024

export function bodyDigest (body: string): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Refuses to go on with a log that somebody changed. */
export class BrokenLog extends Error {}

export class Log {
  readonly #folder: string
  readonly #key: SigningKey
  readonly #frontier = new Frontier()
  #file = -1
  #offset = 0
  /** Zeros are written up to here. */
  #prepared = 0
  #timeUs = 0

  private constructor (folder: string, key: SigningKey) {
    this.#folder = folder
    this.#key = key
  }

  get size (): number { return this.#frontier.size }
  get timeUs (): number { return this.#timeUs }

  /** Reads the whole log, drops the frame of a write that was cut, and opens the last segment. Throws BrokenLog. */
  static open (folder: string, key: SigningKey): { log: Log, recovered: Recovered } {
    const log = new Log(folder, key)
    const state = { open: new Map<string, OpenDecision>(), closed: new Map<string, { digest: string, index: number, leafHash: string }>(), boot: '', droppedBytes: 0 }
    const segments = listSegments(folder)
    for (const [position, segment] of segments.entries()) {
      const { frames, end, tail } = readSegment(segment.path)
      const last = position === segments.length - 1
      if (segment.first !== log.size) throw new BrokenLog(`${segment.path} does not begin where the log before it ends`)
      if (tail.kind === 'broken' || (tail.kind === 'torn' && !last)) throw new BrokenLog(`${segment.path}, byte ${end}: ${tail.kind === 'broken' ? tail.what : 'a frame is cut'}`)
      for (const frame of frames) for (const leaf of frame.leaves) log.#replay(leaf, state)
      if (tail.kind === 'torn') state.droppedBytes = tail.bytes
      if (last) log.#resume(segment.path, end, tail.kind === 'torn' ? tail.bytes : 0)
    }
    if (segments.length === 0) log.#startSegment()
    return { log, recovered: state }
  }

  #replay (leaf: Buffer, state: Recovered & { boot: string }): void {
    const hash = leafHash(leaf)
    const record = JSON.parse(leaf.toString('utf8')) as { readonly time_us: number, readonly body: RecordBody }
    const index = this.#frontier.size
    this.#frontier.append(hash)
    this.#timeUs = record.time_us
    const { body } = record
    if (body.kind === 'system' && body.event === 'start') state.boot = String(body['boot'])
    if (body.kind === 'decision' && body.decision !== 'deny') state.open.set(body.id, { index, leafHash: hash.toString('hex'), boot: state.boot })
    if (body.kind === 'outcome') {
      state.open.delete(body.decision_id)
      remember(state.closed, body.decision_id, { digest: bodyDigest(canonicalize(body)), index, leafHash: hash.toString('hex') })
    }
  }

  /** What a cut write left is overwritten with zeros before anything is appended. */
  #resume (path: string, end: number, torn: number): void {
    this.#file = openSync(path, constants.O_RDWR | constants.O_DSYNC)
    this.#offset = end
    this.#prepared = end
    if (torn > 0) writeSync(this.#file, Buffer.alloc(Math.ceil(torn / blockBytes) * blockBytes), 0, undefined, end)
  }

  #startSegment (): void {
    if (this.#file !== -1) closeSync(this.#file)
    this.#file = openSync(join(this.#folder, segmentName(this.size)), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC, 0o600)
    this.#offset = 0
    this.#prepared = 0
    syncFolder(this.#folder)
  }

  /** Appends a batch by one synchronous write: records and the checkpoint that covers them. Throws what the write throws. */
  append (entries: readonly Entry[], nowUs: number): Batch {
    this.#timeUs = Math.max(this.#timeUs, nowUs)
    const appended = entries.map(({ body }, position) => {
      const leaf = Buffer.from(`{"body":${body},"index":${this.size + position},"log":"${this.#key.origin}","time_us":${this.#timeUs},"v":1}`)
      return { index: this.size + position, leaf, hash: leafHash(leaf) }
    })
    const next = this.#frontier.copy()
    for (const { hash } of appended) next.append(hash)
    const checkpoint = signCheckpoint(this.#key, next.size, next.root())
    this.#write(encodeFrame(appended.map(({ leaf }) => leaf), checkpoint))
    for (const { hash } of appended) this.#frontier.append(hash)
    return { size: next.size, checkpoint, appended: appended.map(({ index, leaf, hash }) => ({ index, leaf, leafHash: hash.toString('hex') })) }
  }

  #write (frame: Buffer): void {
    if (this.#offset > 0 && this.#offset + frame.length > segmentBytes) this.#startSegment()
    this.#prepare(this.#offset + frame.length)
    for (let done = 0; done < frame.length;) done += writeSync(this.#file, frame, done, frame.length - done, this.#offset + done)
    this.#offset += frame.length
  }

  /** Zeros ahead of the log: an append then changes neither the file's size nor its extents. */
  #prepare (needed: number): void {
    while (this.#prepared < needed) {
      writeSync(this.#file, Buffer.alloc(growBytes), 0, undefined, this.#prepared)
      this.#prepared += growBytes
    }
  }

  close (): void {
    closeSync(this.#file)
  }
}

const rememberedOutcomes = 4096

/** A map that keeps the latest entries alone. */
export function remember<T> (map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > rememberedOutcomes && oldest !== undefined) map.delete(oldest)
}

function syncFolder (folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY)
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** Bytes of the leaf around a body: the longest envelope there can be. */
export const envelopeBytes = 256
export const maxBodyBytes = maxRecordBytes - envelopeBytes
