/** Runs the pipeline's detectors over an answer, and makes the classification of it that policies see. */
import type { Answer, AnswerDetectors, Finding, Lane } from '../../../core/pipeline/plugin.ts'

/** A finding in a lane, by UTF-16 units of its text. */
export interface LaneFinding extends Omit<Finding, 'leaf'> { readonly lane: number }

/** Wire form of CONTRACT 4, as in the request. */
export interface AnswerClassification {
  readonly tag: string
  readonly rank: number
  readonly complete: boolean
  readonly labels: Readonly<Record<string, { readonly count: number, readonly distinct: number, readonly max_confidence: number }>>
  readonly findings: ReadonlyArray<{ readonly label: string, readonly path: string, readonly count: number }>
  readonly unscanned: ReadonlyArray<{ readonly kind: string, readonly path: string, readonly bytes: number }>
}

/** Throws where a detector throws, or reports a span that is not in the text. */
export function scanAnswer (answer: Answer, detectors: AnswerDetectors): LaneFinding[] {
  return answer.lanes.flatMap(({ text, path }, lane) => detectors.scan(text, path).map(finding => {
    const isWithin = Number.isInteger(finding.start) && finding.start >= 0 && finding.start < finding.end && finding.end <= text.length
    if (!isWithin) throw new RangeError('a detector reported a span that is not in the text')
    return { ...finding, lane }
  }))
}

/** @param taxonomy levels, lowest first */
export function classifyAnswer (answer: Answer, findings: readonly LaneFinding[], detectors: AnswerDetectors, taxonomy: readonly string[]): AnswerClassification {
  return {
    ...tagOf(findings, detectors, taxonomy),
    complete: answer.unscanned.length === 0,
    labels: summarise(answer.lanes, findings),
    findings: place(answer.lanes, findings),
    unscanned: answer.unscanned.map(({ kind, path, bytes }) => ({ kind, path, bytes }))
  }
}

/** The classification before anything of the answer was seen. */
export function nothingFound (detectors: AnswerDetectors, taxonomy: readonly string[]): AnswerClassification {
  return { ...tagOf([], detectors, taxonomy), complete: true, labels: {}, findings: [], unscanned: [] }
}

/** A level outside the taxonomy counts as the highest. */
function tagOf (findings: readonly LaneFinding[], detectors: AnswerDetectors, taxonomy: readonly string[]): { readonly tag: string, readonly rank: number } {
  const given = taxonomy.indexOf(detectors.tag(findings))
  const rank = given === -1 ? taxonomy.length - 1 : given
  return { tag: taxonomy[rank] ?? '', rank }
}

function summarise (lanes: readonly Lane[], findings: readonly LaneFinding[]): AnswerClassification['labels'] {
  return Object.fromEntries(grouped(findings, ({ label }) => label).map(([label, found]) => {
    const texts = new Set(found.map(({ lane, start, end }) => lanes[lane]?.text.slice(start, end)))
    return [label, { count: found.length, distinct: texts.size, max_confidence: Math.max(...found.map(({ confidence }) => confidence)) }]
  }))
}

function place (lanes: readonly Lane[], findings: readonly LaneFinding[]): AnswerClassification['findings'] {
  const places = findings.map(({ label, lane }) => ({ label, path: patternOf(lanes[lane]) }))
  return grouped(places, ({ label, path }) => `${label} ${path}`).map(([, [first, ...rest]]) => ({ ...first, count: rest.length + 1 }))
}

/** Items by name, sorted; no group is empty. */
function grouped<T> (items: readonly T[], nameOf: (item: T) => string): Array<[name: string, items: [T, ...T[]]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const group = groups.get(nameOf(item))
    if (group === undefined) groups.set(nameOf(item), [item])
    else group.push(item)
  }
  return [...groups].sort(([a], [b]) => a < b ? -1 : 1)
}

/** Where a lane stands, without indexes; a field's keys are the endpoint's own words, which policies do not get. */
function patternOf (lane: Lane | undefined): string {
  const path = lane?.path ?? []
  return path.map(key => lane?.kind === 'field' || /^\d+$/.test(key) ? '/*' : `/${key}`).join('')
}

/** The tools an answer calls, each with the labels found in its arguments. */
export function toolsOf (answer: Answer, findings: readonly LaneFinding[]): Array<{ readonly name: string, readonly labels: readonly string[] }> {
  return answer.tools.map(({ name, lane }) => ({
    name,
    labels: [...new Set(findings.filter(finding => finding.lane === lane).map(({ label }) => label))].sort()
  }))
}
