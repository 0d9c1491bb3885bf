/** From labels to a level: the floors. */
import { matchesLabel } from '../../core/enforce/label.ts'

interface Labelled { readonly label: string }

/** Level of a set of findings. `distinct` tells how many different values some of them are; left out, each is one of its own. */
export type TagOf = <T extends Labelled>(findings: readonly T[], distinct?: (findings: readonly T[]) => number) => string

/** From so many on personal values bring one level more. */
export interface Bulk {
  /** Different values; null: however many. */
  readonly values: number | null
  /** Different kinds of them; null: however many. */
  readonly kinds: number | null
}

/** What counts as a value of some person; an IP address is more often a machine's. */
function isPersonal (label: string): boolean {
  return (label.startsWith('pii.') && label !== 'pii.ip_address') || label.startsWith('phi.')
}

export const defaultBulk: Bulk = { values: 10, kinds: null }

/** Levels that labels have by default. */
const defaults: ReadonlyArray<readonly [glob: string, level: string]> = [
  ['secret.*', 'restricted'],
  ['pci.*', 'restricted'],
  ['phi.*', 'restricted'],
  ['export.*', 'restricted'],
  ['pii.*', 'confidential'],
  ['document.restricted', 'restricted'],
  ['document.confidential', 'confidential']
]

/** What says little as long as it stands alone. */
const mild = ['pii.email_address', 'pii.ip_address']

/**
 * Makes the rule that gives a set of findings its level: the highest floor of any.
 * A taxonomy may lack the levels that the defaults name. Then `restricted` and `confidential` mean its highest level, and
 * `internal`, the level of a text in which nothing was found, its second lowest (its lowest where it has two or one).
 * @param taxonomy levels, lowest first
 * @param floors level by label glob; of several that match the longest glob counts, before any default
 * @param bulk from when on personal values bring one level more than their floors
 * @throws RangeError where a floor names a level that the taxonomy does not have
 */
export function makeFloors (taxonomy: readonly string[], floors: Readonly<Record<string, string>>, bulk: Bulk = defaultBulk): TagOf {
  const configured = Object.entries(floors).sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
  const [unknown] = unknownLevels(taxonomy, floors)
  if (unknown !== undefined) throw new RangeError(`the floor of ${unknown} is no level of the taxonomy (${taxonomy.join(', ')})`)
  const internal = rankOfInternal(taxonomy)
  const chosenFor = (label: string): string | undefined => configured.find(([glob]) => matchesLabel(glob, label))?.[1]
  const rankOf = (label: string): number => {
    const level = chosenFor(label) ?? defaults.find(([glob]) => matchesLabel(glob, label))?.[1]
    if (level === undefined) return internal
    return taxonomy.includes(level) ? taxonomy.indexOf(level) : taxonomy.length - 1
  }
  return (findings, distinct = ({ length }) => length) => {
    const [only, ...others] = findings
    const isMild = only !== undefined && others.length === 0 && mild.includes(only.label) && chosenFor(only.label) === undefined
    const rank = isMild ? internal : findings.reduce((highest, { label }) => Math.max(highest, rankOf(label)), floorOfNothing(findings, internal))
    const ofPersons = findings.filter(({ label }) => isPersonal(label))
    const isBulk = isAtLeast(bulk.kinds, ofPersons, all => new Set(all.map(({ label }) => label)).size) || isAtLeast(bulk.values, ofPersons, distinct)
    const raised = isBulk ? ofPersons.reduce((highest, { label }) => Math.max(highest, rankOf(label)), 0) + 1 : 0
    return taxonomy[Math.min(Math.max(rank, raised), taxonomy.length - 1)] ?? ''
  }
}

/** Counts only where there are enough to count. */
function isAtLeast<T> (bound: number | null, findings: readonly T[], count: (findings: readonly T[]) => number): boolean {
  return bound !== null && findings.length >= bound && count(findings) >= bound
}

/** Globs whose level the taxonomy does not have. */
export function unknownLevels (taxonomy: readonly string[], floors: Readonly<Record<string, string>>): string[] {
  return Object.entries(floors).filter(([, level]) => !taxonomy.includes(level)).map(([glob]) => glob)
}

/** A configured floor may lie below the level of nothing found. */
function floorOfNothing (findings: readonly unknown[], internal: number): number {
  return findings.length === 0 ? internal : 0
}

function rankOfInternal (taxonomy: readonly string[]): number {
  if (taxonomy.includes('internal')) return taxonomy.indexOf('internal')
  return taxonomy.length > 2 ? 1 : 0
}
