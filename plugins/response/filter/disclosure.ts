/** The obligation `mark`: says in a header that an answer was made by a machine, or whatever else a policy asks to be said. */
import type { Obligation } from '../../../core/enforce/decision.ts'

/**
 * The members of all marks as one Structured Fields dictionary (RFC 9651), or null where they cannot be said: a name or
 * value the format has no form for, or one name with two values. A mark without parameters is a member by its id.
 */
export function disclosure (marks: readonly Obligation[]): string | null {
  const members = new Map<string, string>()
  for (const { id, parameters } of marks) {
    const entries = Object.entries(parameters)
    for (const [name, value] of entries.length === 0 ? [[id, true] as const] : entries) {
      const item = serialise(value)
      if (item === null || !/^[a-z*][a-z0-9_.*-]*$/.test(name) || (members.get(name) ?? item) !== item) return null
      members.set(name, item)
    }
  }
  return [...members].sort(([a], [b]) => a < b ? -1 : 1).map(([name, item]) => item === '?1' ? name : `${name}=${item}`).join(', ')
}

const largestInteger = 999_999_999_999_999

function serialise (value: unknown): string | null {
  if (typeof value === 'boolean') return value ? '?1' : '?0'
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) <= largestInteger ? String(value) : null
  if (typeof value === 'string') return serialiseText(value)
  if (!Array.isArray(value)) return null
  const items = value.map(one => Array.isArray(one) ? null : serialise(one))
  return items.includes(null) ? null : `(${items.join(' ')})`
}

/** A String in printable ASCII, else a Display String. */
function serialiseText (text: string): string | null {
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/[\\"]/g, '\\$&')}"`
  if (/\p{Cs}/u.test(text)) return null
  const bytes = [...Buffer.from(text, 'utf8')].map(byte => byte < 0x20 || byte > 0x7e || byte === 0x25 || byte === 0x22 ? `%${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte))
  return `%"${bytes.join('')}"`
}
