/**
 * Tells text from what only stands in text for bytes: `data:` URLs (RFC 2397) and base64 (RFC 4648). What decodes to text is
 * text, and is shown so (nested.ts); what does not is content that no detector of text can read.
 */
import { isUtf8 } from 'node:buffer'
import type { UnscannedKind } from '../pipeline/facts.ts'

/** A run of base64 longer than this is no identifier and no key. */
export const longestReadableBytes = 1024
/** The most that is decoded to be read, in bytes. */
const longestDecodedBytes = 5 * 1024 * 1024

const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/
const wrappedLine = /[A-Za-z0-9+/_-]{60,76}\r?\n/y
const lastLine = /[A-Za-z0-9+/_-]{0,76}={0,2}\s{0,2}$/y

/** As mail and certificates wrap it (RFC 2045, RFC 7468). Line by line: one pattern over all of them would need a stack as long as the text. */
function isWrappedBase64 (text: string): boolean {
  let at = 0
  for (wrappedLine.lastIndex = 0; wrappedLine.test(text);) at = wrappedLine.lastIndex
  lastLine.lastIndex = at
  return at > 0 && lastLine.test(text)
}

/** True for a run of base64 too long to be an identifier or a key. */
export function isLongBase64 (text: string): boolean {
  return text.length > longestReadableBytes && (base64.test(text) || isWrappedBase64(text))
}

export function isBase64 (text: string): boolean {
  return base64.test(text)
}

export interface DataUrl {
  /** Lower case, `text/plain` where none is named. */
  readonly type: string
  readonly charset: string | null
  readonly isBase64: boolean
  /** Where its payload begins. */
  readonly start: number
}

const dataUrl = /^\s{0,16}data:((?:[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64})?)((?:;[^,;"]{1,128}){0,8}),/i

/** Null for a text that is no `data:` URL. */
export function readDataUrl (text: string): DataUrl | null {
  if (!mayBeDataUrl(text)) return null
  const match = dataUrl.exec(text)
  if (match === null) return null
  const [whole, type = '', rest = ''] = match
  const parameters = rest.toLowerCase().split(';').slice(1).map(parameter => parameter.trim())
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  return {
    type: type === '' ? 'text/plain' : type.toLowerCase(),
    charset: charset?.slice('charset='.length) ?? null,
    isBase64: parameters.at(-1) === 'base64',
    start: whole.length
  }
}

/** Looks at the first character alone: nearly every text is none. */
function mayBeDataUrl (text: string): boolean {
  const code = text.charCodeAt(0)
  return code === 0x64 || code === 0x44 || code <= 0x20
}

const mediaKinds: Readonly<Record<string, UnscannedKind>> = { image: 'image', audio: 'audio' }

/** The kind of what a `data:` URL holds, or null where the text is none. */
export function dataUrlKind (text: string): UnscannedKind | null {
  const url = readDataUrl(text)
  return url === null ? null : kindOfType(url.type)
}

/** The kind of content of a media type. */
export function kindOfType (type: string): UnscannedKind {
  const [top = ''] = type.split('/')
  return Object.hasOwn(mediaKinds, top) ? mediaKinds[top] ?? 'file' : 'file'
}

const textualTypes = /^(?:text\/.+|.+\+(?:json|xml|yaml)|application\/(?:json|jsonl|x-ndjson|xml|yaml|x-yaml|toml|csv|sql|javascript|x-javascript|typescript|x-sh|x-httpd-php))$/

/** True for media types whose bytes are text to read. */
export function isTextualType (type: string): boolean {
  return textualTypes.test(type.toLowerCase())
}

const subtypes = 'png|jpe?g|gif|webp|bmp|tiff|avif|heic|wav|x-wav|mp3|mpeg|mp4|ogg|flac|aac|webm|pdf|octet-stream|plain|csv|json'
const plainDataUrl = new RegExp(`^data:(?:image|audio|video|application|text)/(?:${subtypes});base64,[A-Za-z0-9+/_-]*={0,2}$`, 'i')

/** True where a `data:` URL says nothing beside its bytes and a well-known type: nothing in it is text. */
export function isPlainDataUrl (text: string): boolean {
  return plainDataUrl.test(text)
}

/** The text that a `data:` URL holds, or null where it holds something else, or more than is read. */
export function textOfDataUrl (text: string, { type, charset, isBase64, start }: DataUrl): string | null {
  const isRead = isTextualType(type) && (charset === null || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii')
  if (!isRead) return null
  const payload = text.slice(start)
  return isBase64 ? textOfBase64(payload) : textOfPercent(payload)
}

function textOfPercent (payload: string): string | null {
  if (payload.length > longestDecodedBytes) return null
  try {
    return decodeURIComponent(payload)
  } catch {
    return null
  }
}

/** As many characters as tell text from bytes. */
const probeLength = 4096

/** The text that base64 stands for, or null where it stands for something else, or for more than is read. */
export function textOfBase64 (encoded: string): string | null {
  if (encoded.length * 3 / 4 > longestDecodedBytes) return null
  if (!base64.test(encoded) && !isWrappedBase64(encoded)) return encoded === '' ? '' : null
  if (encoded.length > probeLength && controlCharacter.test(Buffer.from(encoded.slice(0, probeLength), 'base64').toString('latin1'))) return null
  const bytes = Buffer.from(encoded, 'base64')
  if (!isUtf8(bytes)) return null
  const text = bytes.toString('utf8')
  return controlCharacter.test(text) || isDocument(text) ? null : text
}

// eslint-disable-next-line no-control-regex
const controlCharacter = /[\u0000-\u0008\u000b\u000e-\u001f]/

/** Formats whose files may be printable and still hide their text: PDF, PostScript, RTF. */
function isDocument (text: string): boolean {
  return /^\s{0,1024}(?:%PDF|%!PS|\{\\rtf)/.test(text.slice(0, 2048))
}

const embedded = /data:(image|audio|video|application|font)\/[a-z0-9.+-]{1,64};base64,[A-Za-z0-9+/_-]{1024}/i

/** The kind of what a text holds that no detector of text can read, or null where all of it can be read. */
export function unreadKind (text: string): UnscannedKind | null {
  const url = readDataUrl(text)
  if (url !== null) return textOfDataUrl(text, url) === null ? kindOfType(url.type) : null
  if (text.length <= longestReadableBytes) return null
  if (isLongBase64(text)) return textOfBase64(text) === null ? 'binary' : null
  const within = /;base64,/i.test(text) ? embedded.exec(text) : null
  return within === null ? null : kindOfType(`${within[1]?.toLowerCase() ?? ''}/`)
}
