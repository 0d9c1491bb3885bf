/** The target of a request as a proof names it (RFC 9449 section 4.3, check 9). */

/**
 * Scheme and host without case and the scheme's own port left out (RFC 3986 sections 6.2.2 and 6.2.3), path letter by letter,
 * query and fragment ignored. Null for what is no http(s) URL without a credential.
 */
export function targetText (text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') return null
  const path = /^[a-z]+:\/\/[^/?#\\]*([^?#]*)/i.exec(text)?.[1] ?? ''
  return `${url.protocol}//${url.host}${path === '' ? '/' : path}`
}
