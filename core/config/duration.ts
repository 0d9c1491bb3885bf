/** Durations as the configuration writes them: a whole number and one of `ms s m h d`. */

/** For the JSON Schema of a field that holds a duration. */
export const durationPattern = '^[0-9]{1,9}(ms|s|m|h|d)$'

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds. Throws TypeError for anything but a duration. */
export function durationMs (text: string): number {
  const [, count, unit] = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new TypeError('a duration is a whole number and one of ms, s, m, h, d')
  return Number(count) * unitsMs[unit as keyof typeof unitsMs]
}
