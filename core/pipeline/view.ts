import type { FactName, Facts } from './facts.ts'

/** What a stage sees: the facts it declared to read and nothing else. Frozen, without a prototype. */
export function makeView (facts: Partial<{ readonly [K in FactName]: Facts[K] | undefined }>, reads: readonly FactName[]): Readonly<Partial<Facts>> {
  const view = Object.create(null) as Record<string, unknown>
  for (const name of reads) if (facts[name] !== undefined) view[name] = facts[name]
  return Object.freeze(view)
}
