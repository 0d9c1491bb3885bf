/** A filter stage with detectors and a policy that tests can read at a glance. */
import { pino } from 'pino'
import type { Answer, Finding, Lane, Shape, StageResult } from '../../../../core/pipeline/plugin.ts'
import type { Decision, Obligation, Redaction, ResponseJudgement } from '../../../../core/enforce/decision.ts'
import type { Issued } from '../../../../core/enforce/pseudonyms.ts'
import { holdingScanner } from '../../../../core/pipeline/scanners.ts'
import responseFilter from '../../../../plugins/response/filter/index.ts'
import type { ResponseFilterConfig } from '../../../../plugins/response/filter/config.ts'

/** What the endpoint answers, what the policy says of it, what the decision already said. */
export interface Case {
  readonly texts?: readonly string[]
  readonly answer?: Partial<Answer>
  readonly judge?: Decision['judge']
  readonly judgement?: Partial<ResponseJudgement>
  readonly decision?: Partial<Decision>
  readonly config?: ResponseFilterConfig
  readonly issued?: Issued
  readonly hashKey?: Uint8Array
  readonly outputFormat?: Shape['outputFormat']
  readonly scan?: (text: string, keyPath: readonly string[]) => ReadonlyArray<Omit<Finding, 'leaf'>>
}

export interface Ran {
  readonly result: StageResult<'response'>
  /** Inputs the policy was asked with, in order. */
  readonly inputs: ReadonlyArray<Readonly<Record<string, unknown>>>
}

const patterns: ReadonlyArray<readonly [label: string, pattern: RegExp]> = [
  ['pii.email_address', /[a-z.]+@[a-z.]+/g],
  ['pci.credit_card', /\d{16}/g],
  ['secret.aws_access_key', /AKIA[A-Z2-7]{16}/g]
]

/** Three patterns, each finding with confidence 900. */
export function scanText (text: string): Array<Omit<Finding, 'leaf'>> {
  return patterns.flatMap(([label, pattern]) => [...text.matchAll(pattern)].map(match => ({
    label, detector: 'test', confidence: 900, start: match.index, end: match.index + match[0].length
  })))
}

export function laneOf (text: string, index = 0): Lane {
  return { name: `choices/${index}/message/content`, kind: 'text', path: ['choices', String(index), 'message', 'content'], text }
}

const nothingIssued: Issued = { size: 0, find: () => [], pending: text => text.length }

export async function run (given: Case): Promise<Ran> {
  const inputs: Array<Readonly<Record<string, unknown>>> = []
  const ask: Decision['judge'] = given.judge === undefined
    ? async () => ({ effect: 'permit', reasons: [], redactions: [], obligations: [], ...given.judgement })
    : given.judge
  const decision = { obligations: [], redactions: [], unscanned: [], ...given.decision, judge: ask === null ? null : async (input, signal) => { inputs.push(input); return await ask(input, signal) } } as Partial<Decision> as Decision
  const answer: Answer = { status: 200, lanes: (given.texts ?? ['hello']).map(laneOf), finish: 'stop', tools: [], unscanned: [], bytes: 99, stream: false, ...given.answer }
  const detectors = {
    scan: given.scan ?? scanText,
    stream: () => holdingScanner(given.scan === undefined ? scanText : text => given.scan?.(text, []) ?? []),
    tag: (found: readonly unknown[]) => found.length === 0 ? 'internal' : 'restricted'
  }
  const host = {
    log: pino({ level: 'silent' }),
    folder: '.',
    data: '.',
    taxonomy: ['public', 'internal', 'restricted'],
    closing: new AbortController().signal,
    detectors,
    ...(given.hashKey === undefined ? {} : { hashKey: given.hashKey })
  }
  const stage = await responseFilter.setup((given.config ?? {}) as never, host)
  const shape = { model: 'gpt-4o', outputFormat: given.outputFormat ?? null } as Partial<Shape> as Shape
  const result = await stage.run({ decision, answer, shape, endpoint: { id: 'azure-eu', reason: 'primary' }, issued: given.issued ?? nothingIssued }, new AbortController().signal)
  return { result, inputs }
}

export function redaction (operator: Redaction['operator'], ...labels: string[]): Partial<ResponseJudgement> {
  return { effect: 'redact', redactions: [{ labels, operator }] }
}

export function obligation (type: Obligation['type'], parameters: Readonly<Record<string, unknown>> = {}, id = 'it'): Obligation {
  return { id, type, parameters }
}

/** A text with the edits made, as a protocol would. */
export function edited (text: string, { result }: Ran): string {
  if (result.kind === 'halt') return result.error.code
  return result.facts.response.edits.toSorted((a, b) => b.start - a.start).reduce((now, { start, end, replacement }) => now.slice(0, start) + replacement + now.slice(end), text)
}
