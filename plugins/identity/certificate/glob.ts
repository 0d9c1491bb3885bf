/** Patterns of names: `*` stays within a path segment, `**` crosses (CONTRACT 1). */

export function matchesGlob (pattern: string, text: string): boolean {
  return expressionOf(pattern).test(text)
}

const expressions = new Map<string, RegExp>()

/** Patterns come from the configuration: there are few of them. */
function expressionOf (pattern: string): RegExp {
  const before = expressions.get(pattern)
  if (before !== undefined) return before
  const source = pattern.split(/(\*\*|\*)/).map(part => part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('')
  const expression = new RegExp(`^${source}$`, 's')
  expressions.set(pattern, expression)
  return expression
}
