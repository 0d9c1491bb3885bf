/** A time as the command line takes it. */
import { UsageError, type Words } from '../command.ts'

/** Microseconds since the epoch, or null where the option is not given. Throws {@link UsageError} for anything but a date or a time. */
export function timeOf (words: Words, name: string): number | null {
  const text = words.text(name)
  if (text === null) return null
  const milliseconds = Date.parse(text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(milliseconds)) throw new UsageError(`--${name} takes a time such as 2026-11-25T10:00:00Z, not '${text}'`)
  return milliseconds * 1000
}
