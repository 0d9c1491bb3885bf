import type { FactName, Facts } from './facts.ts'

/**
 * What a stage sees: the facts it declared to read and nothing else. Frozen, without a prototype: that is taken away first, since V8
 * shares one hidden class among objects that grow from there, and makes one for each object that is made without.
 */
export function makeView (facts: Partial<{ readonly [K in FactName]: Facts[K] | undefined }>, reads: readonly FactName[]): Readonly<Partial<Facts>> {
  const view: Record<string, unknown> = Object.setPrototypeOf({}, null)
  for (const name of reads) if (facts[name] !== undefined) view[name] = facts[name]
  return Object.freeze(view)
}
