/** Joins what the classify stages found into one classification: the highest tag, the union of labels. */
import { digestOf } from './digest.ts'
import { distinctValues } from './distinct.ts'
import type { Classification, ClassificationPart, Leaf, LabelSummary, Unscanned } from '../pipeline/facts.ts'

export interface Taxonomy { readonly levels: readonly string[], readonly digest: string }

export function makeTaxonomy (levels: readonly string[]): Taxonomy {
  return { levels, digest: digestOf(levels) }
}

/** The join is a lattice: the order of the parts does not matter. */
export function joinClassification (taxonomy: Taxonomy, parts: readonly ClassificationPart[], leaves: readonly Leaf[], unscanned: readonly Unscanned[]): Classification {
  const rank = Math.max(0, ...parts.map(part => rankOf(taxonomy, part.tag)))
  return Object.freeze({
    tag: taxonomy.levels[rank] ?? '',
    rank,
    complete: unscanned.length === 0 && !parts.some(part => part.incomplete === true),
    labels: summarise(parts, leaves),
    findings: placeFindings(parts, leaves),
    unscanned,
    taxonomy: taxonomy.digest,
    detectors: digestOfAll(parts),
    external: [...new Set(parts.flatMap(part => part.external ?? []))].sort()
  })
}

/** An unknown level counts as the highest: a detector's mistake never lowers a tag. */
function rankOf (taxonomy: Taxonomy, tag: string): number {
  const rank = taxonomy.levels.indexOf(tag)
  return rank === -1 ? taxonomy.levels.length - 1 : rank
}

/** Digests of what a pipeline's stages find with, by those: there is one for each state of each pipeline. */
const digests = new Map<string, string>()

function digestOfAll (parts: readonly ClassificationPart[]): string {
  const [only] = parts
  const joined = parts.length === 1 && only !== undefined ? only.detectors : parts.map(part => part.detectors).sort().join(' ')
  let digest = digests.get(joined)
  if (digest === undefined) {
    digest = digestOf(parts.map(part => part.detectors).sort())
    if (digests.size < 1000) digests.set(joined, digest)
  }
  return digest
}

function summarise (parts: readonly ClassificationPart[], leaves: readonly Leaf[]): Record<string, LabelSummary> {
  const values = new Map<string, { texts: string[], maxConfidence: number }>()
  for (const finding of parts.flatMap(part => part.findings)) {
    const entry = values.get(finding.label) ?? { texts: [], maxConfidence: 0 }
    entry.texts.push(leaves[finding.leaf]?.text.slice(finding.start, finding.end) ?? '')
    entry.maxConfidence = Math.max(entry.maxConfidence, finding.confidence)
    values.set(finding.label, entry)
  }
  const sorted = [...values].sort(([a], [b]) => a < b ? -1 : 1)
  return Object.fromEntries(sorted.map(([label, { texts, maxConfidence }]) => [label, { count: texts.length, distinct: distinctValues(texts), maxConfidence }]))
}

function placeFindings (parts: readonly ClassificationPart[], leaves: readonly Leaf[]): Array<{ label: string, path: string, count: number }> {
  const counts = new Map<string, { label: string, path: string, count: number }>()
  for (const { label, leaf } of parts.flatMap(part => part.findings)) {
    const path = leaves[leaf]?.pattern ?? ''
    const key = `${label} ${path}`
    const entry = counts.get(key) ?? { label, path, count: 0 }
    entry.count++
    counts.set(key, entry)
  }
  return [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry)
}
