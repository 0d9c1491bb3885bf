/** Reads the files of a bundle out of its archive: regular files alone, within bounds, under paths that stay within it. */
import { gunzipSync } from 'node:zlib'
import type { BundleFiles } from './pack.ts'
import { BundleRefused } from './refusal.ts'

/** Of the archive as it comes, and of all that it unpacks to. */
export const maxBundleBytes = 16 * 1024 * 1024
export const maxUnpackedBytes = 32 * 1024 * 1024
const maxFiles = 4096
const blockBytes = 512

/** Throws {@link BundleRefused}. */
export function unpack (archive: Uint8Array): BundleFiles {
  if (archive.length > maxBundleBytes) throw new BundleRefused(`the bundle is ${archive.length} bytes: at most ${maxBundleBytes} are read`)
  const tar = decompress(archive)
  const files = new Map<string, Uint8Array>()
  let at = 0
  let rest = 0 // entries that are no file of the bundle
  for (;;) {
    const header = tar.subarray(at, at + blockBytes)
    if (header.length < blockBytes) throw new BundleRefused('the bundle is cut off')
    if (header.every(byte => byte === 0)) return files
    const { name, size, isFile } = readHeader(header)
    const content = tar.subarray(at + blockBytes, at + blockBytes + size)
    if (content.length < size) throw new BundleRefused('the bundle is cut off')
    if (isFile) {
      if (files.has(name)) throw new BundleRefused(`the bundle holds ${name} twice`)
      files.set(name, new Uint8Array(content))
    } else rest++
    if (files.size + rest > maxFiles) throw new BundleRefused(`the bundle holds more than ${maxFiles} entries`)
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes
  }
}

function decompress (archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: maxUnpackedBytes })
  } catch (cause) {
    const isLarge = cause instanceof RangeError || (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
    throw new BundleRefused(isLarge ? `the bundle unpacks to more than ${maxUnpackedBytes} bytes` : 'the bundle is no whole gzip archive', { cause })
  }
}

interface Header { readonly name: string, readonly size: number, readonly isFile: boolean }

/** POSIX.1-1988 ustar, and GNU's form of it. Long names of POSIX.1-2001 are not read: no bundle needs one. */
function readHeader (header: Buffer): Header {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (numberIn(header, 148, 8) !== sum || header.toString('latin1', 257, 262) !== 'ustar') throw new BundleRefused('the bundle is no tar archive')
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textIn(header, 345, 155) : ''
  const path = prefix === '' ? textIn(header, 0, 100) : `${prefix}/${textIn(header, 0, 100)}`
  const type = header.toString('latin1', 156, 157)
  if (type === '5') return { name: '', size: 0, isFile: false }
  if (type !== '0' && type !== '\0') throw new BundleRefused(`the bundle holds ${quoted(path)}, which is no plain file`)
  return { name: withinBundle(path), size: numberIn(header, 124, 12), isFile: true }
}

function textIn (header: Buffer, start: number, length: number): string {
  const bytes = header.subarray(start, start + length)
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? length : end)
}

function numberIn (header: Buffer, start: number, length: number): number {
  const text = textIn(header, start, length).trim()
  if (!/^[0-7]{1,11}$/.test(text)) throw new BundleRefused('the bundle is no tar archive')
  return Number.parseInt(text, 8)
}

/** The path without what says that it starts here. */
function withinBundle (path: string): string {
  const name = path.replace(/^(?:\.?\/)+/, '')
  const parts = name.split('/')
  const strays = parts.some(part => part === '' || part === '.' || part === '..') || /[\\\p{Cc}\ufffd]/u.test(name)
  if (strays) throw new BundleRefused(`the bundle holds a file at ${quoted(path)}, which is no path within it`)
  return name
}

function quoted (path: string): string {
  return JSON.stringify(path.slice(0, 100))
}
