/** A stream through the filter as the core drives it, with the pipeline's real patterns or detectors of a test's own. */
import { pino } from 'pino'
import type { AnswerEvent, AnswerFilter, FilterStep, Shape, StreamDecision } from '../../../../core/pipeline/plugin.ts'
import type { Decision, ResponseJudgement } from '../../../../core/enforce/decision.ts'
import type { Issued } from '../../../../core/enforce/pseudonyms.ts'
import type { AnswerStream } from '../../../../core/protocol/contract.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { scanText } from '../../../../plugins/classify/patterns/scan.ts'
import { scanStream } from '../../../../plugins/classify/patterns/stream.ts'
import responseFilter from '../../../../plugins/response/filter/index.ts'
import type { ResponseFilterConfig } from '../../../../plugins/response/filter/config.ts'

export interface StreamCase {
  readonly stream: AnswerStream
  readonly pieces: readonly Uint8Array[]
  readonly judge?: (input: Readonly<Record<string, unknown>>) => Partial<ResponseJudgement>
  readonly obligations?: Decision['obligations']
  readonly unscanned?: Decision['unscanned']
  readonly config?: ResponseFilterConfig
  readonly issued?: Issued
  readonly outputFormat?: Shape['outputFormat']
  readonly schema?: string
}

export interface Streamed {
  /** What left after each piece, and at the end. */
  readonly left: readonly Buffer[]
  readonly bytes: Buffer
  readonly headers: AnswerFilter['headers']
  readonly isBlocked: boolean
  readonly decision: StreamDecision
  readonly inputs: ReadonlyArray<Readonly<Record<string, unknown>>>
}

const detection = prepareDetection(detectors, ['*'], 500)

/** The detectors of a pipeline with patterns alone. */
export const patterns = {
  scan: (text: string, keyPath: readonly string[]) => scanText(text, keyPath, detection),
  stream: (keyPath: readonly string[], options: { readonly maxHold: number }) => scanStream(detection, keyPath, options),
  tag: (found: readonly unknown[]) => found.length === 0 ? 'internal' : 'restricted'
}

/** Redacts everything that is found. */
export const redactAll = (): Partial<ResponseJudgement> => ({ effect: 'redact', redactions: [{ labels: ['*'], operator: 'replace' }] })

const nothingIssued: Issued = { size: 0, find: () => [], pending: text => text.length }

export function filterHost (): Parameters<typeof responseFilter.setup>[1] {
  return { log: pino({ level: 'silent' }), folder: '.', data: '.', taxonomy: ['public', 'internal', 'restricted'], closing: new AbortController().signal, detectors: patterns }
}

/** Everything a stage reads of a request whose decision is this one. */
export function viewOf (decision: Partial<Decision>, issued: Issued = nothingIssued, outputFormat: Shape['outputFormat'] = null, schema?: string): never {
  return {
    decision: { id: '01a2132d-7ed5-79f3-8af2-7d879e3d1c30', obligations: [], redactions: [], unscanned: [], ...decision },
    shape: { model: 'gpt-4o', outputFormat } as Partial<Shape>,
    endpoint: { id: 'azure-eu', reason: 'primary' },
    issued,
    answer: { status: 200, lanes: [], finish: null, tools: [], unscanned: [], bytes: 0, stream: true, ...schema === undefined ? {} : { schema } }
  } as never
}

export async function streamThrough (given: StreamCase): Promise<Streamed> {
  const inputs: Array<Readonly<Record<string, unknown>>> = []
  const stage = await responseFilter.setup((given.config ?? {}) as never, filterHost())
  const judge: Decision['judge'] = async input => {
    inputs.push(input)
    return { effect: 'permit', reasons: [], redactions: [], obligations: [], ...given.judge?.(input) }
  }
  const view = viewOf({ judge, obligations: given.obligations ?? [], unscanned: given.unscanned ?? [] }, given.issued, given.outputFormat, given.schema)
  const filter = await stage.filter?.(view, given.stream, new AbortController().signal)
  if (filter === undefined) throw new Error('the filter judges no streams')
  return await drive(given, filter, inputs)
}

async function drive ({ stream, pieces }: StreamCase, filter: AnswerFilter, inputs: Streamed['inputs']): Promise<Streamed> {
  const left: Buffer[] = []
  let isBlocked = false
  const take = async (events: readonly AnswerEvent[]): Promise<void> => {
    const bytes: Uint8Array[] = []
    for (const event of events) if (!isBlocked) note(await filter.take(event), bytes)
    left.push(Buffer.concat(bytes))
  }
  const note = (step: FilterStep, bytes: Uint8Array[]): void => {
    bytes.push(...step.events.map(event => event.bytes))
    isBlocked ||= step.isBlocked
  }
  for (const piece of pieces) if (!isBlocked) await take(stream.push(piece))
  if (!isBlocked) await take(stream.end())
  const rest: Uint8Array[] = []
  if (!isBlocked) note(await filter.finish(), rest)
  left.push(Buffer.concat(rest))
  return { left, bytes: Buffer.concat(left), headers: filter.headers, isBlocked, decision: filter.decision(), inputs }
}

/** The same stream held whole: judged by `run`, then written once. */
export async function heldWhole (read: (body: Uint8Array) => { readonly answer: unknown, rewrite (edits: never): Uint8Array }, body: Uint8Array, issued?: Issued, given: Pick<StreamCase, 'judge' | 'obligations' | 'config'> = {}): Promise<Buffer> {
  const stage = await responseFilter.setup((given.config ?? {}) as never, filterHost())
  const reading = read(body)
  const judge: Decision['judge'] = async () => ({ effect: 'permit', reasons: [], redactions: [], obligations: [], ...(given.judge ?? redactAll)({}) })
  const view = { ...viewOf({ judge, obligations: given.obligations ?? [] }, issued) as object, answer: reading.answer } as never
  const result = await stage.run(view, new AbortController().signal)
  if (result.kind === 'halt') throw result.error
  return Buffer.from(reading.rewrite(result.facts.response.edits as never))
}

/** Bytes cut at these places. */
export function cutBytes (body: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map(place => place % (body.length + 1)))].sort((a, b) => a - b)
  return [...sorted, body.length].map((end, index) => body.subarray(index === 0 ? 0 : sorted[index - 1], end))
}
