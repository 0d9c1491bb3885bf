/** Takes `multipart/form-data` (RFC 7578) apart, strictly: servers differ on everything that is not plain, so that is not taken apart. */

export interface FormPart {
  readonly name: string
  readonly filename: string | null
  /** Lower case, without parameters; null where the part names none. */
  readonly type: string | null
  /** Its content: bytes `[start, end)` of the body. */
  readonly start: number
  readonly end: number
}

/** The boundary that a content type names, or null. */
export function boundaryOf (contentType: string | null): string | null {
  const match = /^multipart\/form-data\s{0,8};\s{0,8}boundary=("?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1\s{0,8}$/i.exec(contentType ?? '')
  return match?.[2] ?? null
}

const mostParts = 1000

/** Null for a body that is not plainly such a form. */
export function readForm (body: Uint8Array, boundary: string): FormPart[] | null {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const parts: FormPart[] = []
  const delimiter = `\r\n--${boundary}`
  let at = bytes.indexOf(`--${boundary}`) === 0 ? delimiter.length - 2 : -1
  while (at !== -1 && parts.length < mostParts) {
    const rest = bytes.toString('latin1', at, at + 4)
    if (rest === '--\r\n' || rest === '--') return at + rest.length === bytes.length ? parts : null
    const end = rest.startsWith('\r\n') ? bytes.indexOf(delimiter, at) : -1
    const part = end === -1 ? null : readPart(bytes, at + 2, end)
    if (part === null) return null
    parts.push(part)
    at = end + delimiter.length
  }
  return null
}

/** Most bytes of the headers of one part. */
const longestHead = 2048

function readPart (bytes: Buffer, start: number, end: number): FormPart | null {
  const blank = bytes.indexOf('\r\n\r\n', start)
  if (blank === -1 || blank >= end || blank - start > longestHead) return null
  const headers = new Map<string, string>()
  for (const line of bytes.toString('utf8', start, blank).split('\r\n')) {
    const match = /^([a-z-]{1,64}):[ \t]{0,8}([^\r\n]{0,1024})$/i.exec(line)
    const name = match?.[1]?.toLowerCase() ?? ''
    if (!knownHeaders.has(name) || headers.has(name)) return null
    headers.set(name, match?.[2]?.trim() ?? '')
  }
  const disposition = /^form-data; name="([^"\r\n\\]{0,512})"(?:; filename="([^"\r\n\\]{0,512})")?$/i.exec(headers.get('content-disposition') ?? '')
  const type = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}/i.exec(headers.get('content-type') ?? '')
  if (disposition === null || (headers.has('content-type') && type === null)) return null
  return { name: disposition[1] ?? '', filename: disposition[2] ?? null, type: type?.[0].toLowerCase() ?? null, start: blank + 4, end }
}

const knownHeaders: ReadonlySet<string> = new Set(['content-disposition', 'content-type'])
