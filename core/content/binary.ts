/** Recognises what stands in text for bytes that no detector of text can read. */
import type { UnscannedKind } from '../pipeline/facts.ts'

const longestReadableBytes = 1024
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/

/** True for a run of base64 too long to be an identifier or a key. */
export function isLongBase64 (text: string): boolean {
  return text.length > longestReadableBytes && base64.test(text)
}

export function isBase64 (text: string): boolean {
  return base64.test(text)
}

const mediaKinds: Readonly<Record<string, UnscannedKind>> = { image: 'image', audio: 'audio' }
const subtypes = 'png|jpe?g|gif|webp|bmp|tiff|avif|heic|wav|x-wav|mp3|mpeg|mp4|ogg|flac|aac|webm|pdf|octet-stream|plain|csv|json'
const plainDataUrl = new RegExp(`^data:(?:image|audio|video|application|text)/(?:${subtypes});base64,[A-Za-z0-9+/_-]*={0,2}$`, 'i')

/** The kind of what a `data:` URL (RFC 2397) holds, or null where the text is none. */
export function dataUrlKind (text: string): UnscannedKind | null {
  if (!/^\s{0,16}data:/i.test(text)) return null
  const type = text.trimStart().slice('data:'.length, 'data:'.length + 8).split('/')[0]?.toLowerCase() ?? ''
  return Object.hasOwn(mediaKinds, type) ? mediaKinds[type] ?? 'file' : 'file'
}

/** True where a `data:` URL says nothing beside its bytes and a well-known type: nothing in it is text. */
export function isPlainDataUrl (text: string): boolean {
  return plainDataUrl.test(text)
}
