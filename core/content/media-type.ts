/** Content types (RFC 9110 section 8.3), as far as the protocols need them. */

export interface MediaType {
  /** Lower case, without parameters. */
  readonly type: string
  /** Lower case, or null where none is named. */
  readonly charset: string | null
  /** True where there are parameters beside `charset`: text that nothing judges. */
  readonly hasOther: boolean
}

/** Null for what is no media type. */
export function readMediaType (header: string | null): MediaType | null {
  return usual.get(header ?? '') ?? read(header)
}

function read (header: string | null): MediaType | null {
  const [first = '', ...rest] = (header ?? '').split(';').map(part => part.trim())
  const type = first.toLowerCase()
  const parameters = rest.filter(part => part !== '').map(part => parameterPattern.exec(part))
  if (!typePattern.test(type) || parameters.includes(null)) return null
  const isCharset = (name = ''): boolean => name.toLowerCase() === 'charset'
  const charsets = parameters.flatMap(match => isCharset(match?.[1]) ? match?.[3]?.toLowerCase() ?? '' : [])
  if (charsets.length > 1) return null
  return { type, charset: charsets[0] ?? null, hasOther: parameters.length > charsets.length }
}

const typePattern = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/
const parameterPattern = /^([a-z0-9!#$&^_.+*-]{1,64})=("?)([^";]{0,256})\2$/i

/** As clients and endpoints write them: nearly every header is one of these, and is not taken apart again. */
const usual: ReadonlyMap<string, MediaType | null> = new Map(
  ['application/json', 'text/event-stream', 'application/x-ndjson', 'text/plain'].flatMap(type => [type, `${type}; charset=utf-8`, `${type};charset=utf-8`]).map(header => [header, Object.freeze(read(header))])
)

/** JSON in UTF-8: `application/json`, or a type that ends in `+json`. */
export function isJson ({ type, charset }: MediaType): boolean {
  return (type === 'application/json' || type.endsWith('+json')) && isUtf8Charset(charset)
}

export function isUtf8Charset (charset: string | null): boolean {
  return charset === null || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
}
