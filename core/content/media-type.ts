/** Content types (RFC 9110 section 8.3), as far as the protocols need them. */

export interface MediaType {
  /** Lower case, without parameters. */
  readonly type: string
  /** Lower case, or null where none is named. */
  readonly charset: string | null
}

/** Null for what is no media type or carries a parameter other than `charset`, `boundary`, `profile` or `version`. */
export function readMediaType (header: string | null): MediaType | null {
  const [first = '', ...rest] = (header ?? '').split(';').map(part => part.trim())
  const type = first.toLowerCase()
  if (!/^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/.test(type)) return null
  let charset: string | null = null
  for (const parameter of rest.filter(part => part !== '')) {
    const match = /^(charset|boundary|profile|version)\s{0,4}=\s{0,4}("?)([^";\s]{1,128})\2$/i.exec(parameter)
    if (match === null) return null
    if (match[1]?.toLowerCase() === 'charset') charset = match[3]?.toLowerCase() ?? null
  }
  return { type, charset }
}

/** JSON in UTF-8: `application/json`, or a type that ends in `+json`. */
export function isJson ({ type, charset }: MediaType): boolean {
  return (type === 'application/json' || type.endsWith('+json')) && isUtf8Charset(charset)
}

export function isUtf8Charset (charset: string | null): boolean {
  return charset === null || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
}
