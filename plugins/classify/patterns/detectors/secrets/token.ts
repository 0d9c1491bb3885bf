/** Credentials that their makers gave a recognisable beginning. */
import { hasDistinct, type Detector } from '../../detector.ts'

/** A vendor's token: its fixed beginnings, case as given, and the bounded rest of it, as the vendor documents it. */
export interface TokenShape {
  /** Without `secret.` */
  readonly label: string
  readonly prefixes: readonly string[]
  readonly rest: string
  /** Default 950. */
  readonly confidence?: number
}

/** So many of letters and digits. */
export function alphanumeric (least: number, most = least): string {
  return `[A-Za-z0-9]{${least},${most}}`
}

/** So many of the URL-safe alphabet of base 64. */
export function urlSafe (least: number, most = least): string {
  return `[A-Za-z0-9_-]{${least},${most}}`
}

export function hex (least: number, most = least): string {
  return `[a-fA-F0-9]{${least},${most}}`
}

/** Fewer different units than this make a placeholder: `sk-xxxxxxxx`. */
const leastDistinct = 8

/** What documentation puts in a token's place. */
const sample = /(?:EXAMPLE|example|xxxx|XXXX|0{8}|1234567890|abcdefgh|YOUR|your[-_]|placeholder|dummy|redacted|REDACTED|\.{3}|<|>)/

export function isPlaceholder (value: string): boolean {
  return !hasDistinct(value, leastDistinct) || sample.test(value)
}

export function tokenDetector ({ label, prefixes, rest, confidence = 950 }: TokenShape): Detector {
  const start = `(?:${prefixes.map(prefix => prefix.replace(/[.$+*?()[\]{}|^/\\]/g, '\\$&')).join('|')})`
  const longest = Math.max(...prefixes.map(({ length }) => length))
  return {
    label: `secret.${label}`,
    anchor: anchorOf(prefixes),
    pattern: new RegExp(`(?<![A-Za-z0-9_-])${start}${rest}(?![A-Za-z0-9_])`, 'y'),
    weigh: value => {
      const body = value.slice(Math.min(longest, value.length - 12))
      return isPlaceholder(body) || (confidence < 900 && !/\d/.test(body)) ? 0 : confidence
    }
  }
}

/** Short beginnings stand in many words: those are tried where a word with digits begins. */
function anchorOf (prefixes: readonly string[]): Detector['anchor'] {
  if (prefixes.every(prefix => /^[A-Za-z0-9]{1,2}$/.test(prefix))) return { kind: 'digits' }
  return { kind: 'words', words: prefixes.map(prefix => prefix.toLowerCase().replace(/[_-]/g, ' ')) }
}
