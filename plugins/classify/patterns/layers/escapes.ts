/** Characters that are written as something else in the midst of a text: percent, HTML, the escapes of programs and of mail. */
import type { Decoded } from './decoded.ts'

/** Names of HTML for what values are made of and parted by. */
const named: ReadonlyMap<string, string> = new Map(Object.entries({
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  commat: '@',
  period: '.',
  comma: ',',
  colon: ':',
  semi: ';',
  sol: '/',
  bsol: '\\',
  num: '#',
  plus: '+',
  equals: '=',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  ndash: '-',
  mdash: '-',
  shy: '',
  zwj: '',
  zwnj: '',
  ZeroWidthSpace: '',
  Tab: '\t',
  NewLine: '\n',
  dollar: '$',
  percnt: '%',
  ast: '*',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  excl: '!',
  quest: '?'
}))

const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '/': '/', '\\': '\\' }

/** Letters after a backslash count where they would seem to belong to a value: `\nghp_...`; programs are full of them. */
const escape = /(?:%[0-9A-Fa-f]{2}){1,256}|&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z]{2,14};)|\\(?:u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}|(?:x[0-9a-fA-F]{2})|[0-3][0-7]{2}|[nrt](?=[A-Za-z_-]{0,40}[\d@])|\/(?=[A-Za-z0-9+])|\\(?=[uUxnrt]))/g

/** Quoted-printable is told by its soft line ends or by several of its escapes: `=41` alone is arithmetic. */
const quoted = /(?:=[0-9A-F]{2}){1,64}|(?<=[^\s=])=\r?\n/g
const looksQuoted = /=(?:(?<=[^\s=]=)\r?\n|[0-9A-F]{2}[^=]{0,80}=[0-9A-F]{2}[^=]{0,80}=[0-9A-F]{2})/

/** Escapes in the order of the text. */
export function findEscapes (text: string): Decoded[] {
  const found: Decoded[] = []
  for (const { 0: written, index } of text.matchAll(escape)) {
    if (written.startsWith('%')) decodeBytes(written, '%', index, found)
    else {
      const decoded = written.startsWith('&') ? decodeReference(written.slice(1)) : decodeBackslash(written.slice(1))
      if (decoded !== null) found.push({ start: index, end: index + written.length, text: decoded, via: written.startsWith('&') ? 'html' : 'escape', inner: null })
    }
  }
  if (text.includes('=') && looksQuoted.test(text)) return found.concat(findQuoted(text))
  return found
}

function findQuoted (text: string): Decoded[] {
  const found: Decoded[] = []
  for (const { 0: written, index } of text.matchAll(quoted)) {
    if (written.endsWith('\n')) found.push({ start: index, end: index + written.length, text: '', via: 'quoted_printable', inner: null })
    else decodeBytes(written, '=', index, found)
  }
  return found
}

function decodeReference (body: string): string | null {
  const plain = body.endsWith(';') ? body.slice(0, -1) : body
  if (!plain.startsWith('#')) return named.get(plain) ?? null
  return characterOf(/^#[xX]/.test(plain) ? parseInt(plain.slice(2), 16) : Number(plain.slice(1)))
}

function decodeBackslash (body: string): string | null {
  const letter = letters[body]
  if (letter !== undefined) return letter
  if (/^\d/.test(body)) return characterOf(parseInt(body, 8))
  return characterOf(parseInt(body.replace(/[^0-9a-fA-F]/g, ''), 16))
}

function characterOf (code: number): string | null {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : null
}

/** A run of bytes, `%C3%A9`: each character of it by itself. What is no UTF-8 is taken byte by byte. */
function decodeBytes (written: string, sign: string, at: number, found: Decoded[]): void {
  const places: number[] = []
  for (let place = written.indexOf(sign); place !== -1 && place + 2 < written.length; place = written.indexOf(sign, place + 1)) places.push(place)
  const bytes = Buffer.from(places.map(place => parseInt(written.slice(place + 1, place + 3), 16)))
  const via = sign === '%' ? 'percent' : 'quoted_printable'
  for (let index = 0; index < bytes.length;) {
    const width = widthOf(bytes, index)
    const text = width === 1 ? String.fromCharCode(bytes[index] ?? 0) : bytes.toString('utf8', index, index + width)
    const start = places[index] ?? 0
    const last = places[index + width - 1] ?? start
    found.push({ start: at + start, end: at + last + 3, text, via, inner: null })
    index += width
  }
}

/** How many bytes the character at `index` takes (RFC 3629); 1 where it is none. */
export function widthOf (bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0
  const width = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1
  for (let next = 1; next < width; next++) {
    const byte = bytes[index + next]
    if (byte === undefined || byte < 0x80 || byte > 0xbf) return 1
  }
  return first >= 0xf5 ? 1 : width
}
