/** How the decision of a candidate differs from the one that was made. */

/** What of a decision is compared. Endpoints and obligations in any order. */
export interface ComparedDecision {
  readonly effect: 'permit' | 'redact' | 'deny'
  readonly endpoints: readonly string[]
  /** Redactions among them. */
  readonly obligations: readonly unknown[]
  readonly tag: string
  /** Told, and not compared. */
  readonly reasons: readonly string[]
}

export const differences = ['same', 'stricter', 'looser', 'endpoints', 'obligations', 'error'] as const

/**
 * `stricter` and `looser` by effect (deny, redact, permit), then `endpoints` where the sets differ,
 * `obligations` for those, redactions and the tag. `error`: the candidate has no decision, which denies.
 */
export type Difference = typeof differences[number]

const strictness = { permit: 0, redact: 1, deny: 2 } as const

/** @param candidate null where it has none */
export function compareDecisions (made: ComparedDecision, candidate: ComparedDecision | null): Difference {
  if (candidate === null) return made.effect === 'deny' ? 'same' : 'error'
  const stricter = strictness[candidate.effect] - strictness[made.effect]
  if (stricter !== 0) return stricter > 0 ? 'stricter' : 'looser'
  if (made.effect === 'deny') return 'same'
  const [before, after] = [new Set(made.endpoints), new Set(candidate.endpoints)]
  const lost = [...before].some(id => !after.has(id))
  const won = [...after].some(id => !before.has(id))
  if (lost || won) return 'endpoints'
  return made.tag === candidate.tag && sameItems(made.obligations, candidate.obligations) ? 'same' : 'obligations'
}

function sameItems (a: readonly unknown[], b: readonly unknown[]): boolean {
  const texts = (items: readonly unknown[]): string => JSON.stringify(items.map(sorted).sort())
  return texts(a) === texts(b)
}

function sorted (value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([x], [y]) => x < y ? -1 : 1)) : item)
}

/** The parts of a decision document as the library answers it; null for what is none, has faults, or is of another request. */
export function comparedOf (document: unknown, requestId: string): ComparedDecision | null {
  if (!isObject(document) || document['request_id'] !== requestId) return null
  const { effect, endpoints, obligations, redactions, classification, reasons, faults } = document
  if (effect !== 'permit' && effect !== 'redact' && effect !== 'deny') return null
  if (!Array.isArray(endpoints) || !Array.isArray(obligations) || !Array.isArray(redactions) || !Array.isArray(reasons) || !isObject(classification)) return null
  if (Array.isArray(faults) && faults.length > 0) return null
  return { effect, endpoints: endpoints.map(String), obligations: [...obligations as unknown[], ...redactions as unknown[]], tag: String(classification['tag']), reasons: reasons.map(String) }
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
