/** JSON pointers (RFC 6901): where a claim stands. */

/** For the JSON Schema of a field that holds a pointer, or null. */
export const pointerSchema = { type: ['string', 'null'], pattern: '^(/([^~/]|~[01])*)*$' } as const

/** What a pointer leads to, own members only; undefined where nothing is there, and for null. */
export function at (claims: Readonly<Record<string, unknown>>, pointer: string | null): unknown {
  if (pointer === null) return undefined
  const steps = pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Readonly<Record<string, unknown>>)[step] : undefined
  }, claims)
}
