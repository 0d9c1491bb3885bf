/** From labels to a level: the floors. */
import { matchesLabel } from '../../../core/enforce/label.ts'
import type { Span } from './overlap.ts'

/** Level of a set of findings. */
export type TagOf = (findings: ReadonlyArray<Pick<Span, 'label'>>) => string

/** Levels that labels have by default. */
const defaults: ReadonlyArray<readonly [glob: string, level: string]> = [
  ['secret.*', 'restricted'],
  ['pci.*', 'restricted'],
  ['phi.*', 'restricted'],
  ['export.*', 'restricted'],
  ['pii.*', 'confidential']
]

/** What says little as long as it stands alone. */
const mild = ['pii.email_address', 'pii.ip_address']

/**
 * Makes the rule that gives a set of findings its level: the highest floor of any.
 * A taxonomy may lack the levels that the defaults name. Then `restricted` and `confidential` mean its highest level, and
 * `internal`, the level of a text in which nothing was found, its second lowest (its lowest where it has two or one).
 * @param taxonomy levels, lowest first
 * @param floors level by label glob; of several that match the longest glob counts, before any default
 * @throws RangeError where a floor names a level that the taxonomy does not have
 */
export function makeFloors (taxonomy: readonly string[], floors: Readonly<Record<string, string>>): TagOf {
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
  return findings => {
    const [only, ...others] = findings
    const isMild = only !== undefined && others.length === 0 && mild.includes(only.label) && chosenFor(only.label) === undefined
    const rank = isMild ? internal : findings.reduce((highest, { label }) => Math.max(highest, rankOf(label)), floorOfNothing(findings, internal))
    return taxonomy[rank] ?? ''
  }
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
