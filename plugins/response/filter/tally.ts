/** What was found in an answer so far, as policies see it: labels and places, never a value. */
import type { AnswerDetectors, Lane, TextFinding, Unscanned } from '../../../core/pipeline/plugin.ts'

/** Wire form of CONTRACT 4, as in the request. */
export interface AnswerClassification {
  readonly tag: string
  readonly rank: number
  readonly complete: boolean
  readonly labels: Readonly<Record<string, { readonly count: number, readonly distinct: number, readonly max_confidence: number }>>
  readonly findings: ReadonlyArray<{ readonly label: string, readonly path: string, readonly count: number }>
  readonly unscanned: ReadonlyArray<{ readonly kind: string, readonly path: string, readonly bytes: number }>
}

/** Where a text stands. */
export type TextLane = Pick<Lane, 'kind' | 'path'>

interface Label { count: number, readonly values: Set<string>, most: number }

/** Values of one label that are told apart, findings of one label that weigh in the tag, and unscanned parts that are listed. */
const mostValues = 256
const mostWeighed = 64
const mostListed = 64

export class Tally {
  readonly #detectors: Pick<AnswerDetectors, 'tag'>
  readonly #taxonomy: readonly string[]
  readonly #labels = new Map<string, Label>()
  readonly #places = new Map<string, { readonly label: string, readonly path: string, count: number }>()
  readonly #weighed: TextFinding[] = []
  readonly #byLane = new Map<TextLane, Set<string>>()
  readonly #unscanned: Unscanned[] = []
  #isComplete = true

  /** @param taxonomy levels, lowest first */
  constructor (detectors: Pick<AnswerDetectors, 'tag'>, taxonomy: readonly string[]) {
    this.#detectors = detectors
    this.#taxonomy = taxonomy
  }

  /** @param value of the finding: to tell it from others, and kept for that alone */
  add (lane: TextLane, finding: TextFinding, value: string): void {
    const label = this.#labels.get(finding.label) ?? { count: 0, values: new Set<string>(), most: 0 }
    label.count++
    label.most = Math.max(label.most, finding.confidence)
    if (label.values.size < mostValues) label.values.add(value)
    this.#labels.set(finding.label, label)
    if (label.count <= mostWeighed) this.#weighed.push(finding)
    const path = patternOf(lane)
    const place = this.#places.get(`${finding.label} ${path}`) ?? { label: finding.label, path, count: 0 }
    place.count++
    this.#places.set(`${finding.label} ${path}`, place)
    const own = this.#byLane.get(lane) ?? new Set<string>()
    this.#byLane.set(lane, own.add(finding.label))
  }

  has (label: string): boolean {
    return this.#labels.has(label)
  }

  addUnscanned (parts: readonly Unscanned[]): void {
    if (parts.length > 0) this.#isComplete = false
    this.#unscanned.push(...parts.slice(0, mostListed - this.#unscanned.length))
  }

  /** Labels found in one lane, sorted. */
  labelsOf (lane: TextLane | null): string[] {
    return [...(lane === null ? undefined : this.#byLane.get(lane)) ?? []].sort()
  }

  /** A level outside the taxonomy counts as the highest. */
  tag (): { readonly tag: string, readonly rank: number } {
    const given = this.#taxonomy.indexOf(this.#detectors.tag(this.#weighed))
    const rank = given === -1 ? this.#taxonomy.length - 1 : given
    return { tag: this.#taxonomy[rank] ?? '', rank }
  }

  classification (): AnswerClassification {
    return {
      ...this.tag(),
      complete: this.#isComplete,
      labels: Object.fromEntries(sorted(this.#labels).map(([name, { count, values, most }]) => [name, { count, distinct: values.size, max_confidence: most }])),
      findings: sorted(this.#places).map(([, place]) => ({ ...place })),
      unscanned: this.#unscanned.map(({ kind, path, bytes }) => ({ kind, path, bytes }))
    }
  }
}

function sorted<T> (entries: ReadonlyMap<string, T>): Array<[name: string, entry: T]> {
  return [...entries].sort(([a], [b]) => a < b ? -1 : 1)
}

/** Where a lane stands, without indexes; a field's keys are the endpoint's own words, which policies do not get. */
function patternOf ({ kind, path }: TextLane): string {
  return path.map(key => kind === 'field' || /^\d+$/.test(key) ? '/*' : `/${key}`).join('')
}
