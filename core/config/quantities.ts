/** Sizes and rates as the configuration writes them. Durations: duration.ts. */
import type { Rate } from './types.ts'

/** For the JSON Schema of a field that holds a size. */
export const sizePattern = '^[0-9]{1,9}(KiB|MiB|GiB)$'

/** For the JSON Schema of a field that holds a rate: requests in a window. */
export const ratePattern = '^[1-9][0-9]{0,8}/(s|m|h)$'

const unitBytes = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const
const windowsMs = { s: 1000, m: 60_000, h: 3_600_000 } as const

/** Bytes. Throws TypeError for anything but a size (`10MiB`). */
export function sizeBytes (text: string): number {
  const [, count, unit] = /^([0-9]{1,9})(KiB|MiB|GiB)$/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new TypeError('a size is a whole number and one of KiB, MiB, GiB')
  return Number(count) * unitBytes[unit as keyof typeof unitBytes]
}

/** Throws TypeError for anything but a rate (`20/s`). */
export function rateOf (text: string): Rate {
  const [, count, unit] = /^([1-9][0-9]{0,8})\/(s|m|h)$/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new TypeError('a rate is a whole number, a slash and one of s, m, h')
  return { count: Number(count), perMs: windowsMs[unit as keyof typeof windowsMs] }
}
