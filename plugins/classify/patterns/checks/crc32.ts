/** CRC-32 (ISO 3309, reflected, polynomial 0xEDB88320). */

const table = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320
  return value
})

/** @param text ASCII */
export function crc32 (text: string): number {
  let value = 0xffffffff
  for (let index = 0; index < text.length; index++) value = (value >>> 8) ^ (table[(value ^ text.charCodeAt(index)) & 0xff] ?? 0)
  return (value ^ 0xffffffff) >>> 0
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A number in base 62 (0-9, A-Z, a-z), padded with zeros. */
export function inBase62 (value: number, length: number): string {
  let rest = value
  let text = ''
  while (rest > 0) {
    text = (base62[rest % 62] ?? '') + text
    rest = Math.floor(rest / 62)
  }
  return text.padStart(length, '0')
}
