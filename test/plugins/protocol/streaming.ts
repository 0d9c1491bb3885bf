/** Streams through the shipped detectors and the shipped response filter, bytes in and bytes out, cut anywhere. */
import { pino } from 'pino'
import { holdingScanner } from '../../../core/pipeline/scanners.ts'
import type { AnswerEvent, Shape, Stage } from '../../../core/pipeline/plugin.ts'
import type { Decision, ResponseJudgement } from '../../../core/enforce/decision.ts'
import type { Issued } from '../../../core/enforce/pseudonyms.ts'
import type { Protocol } from '../../../core/protocol/contract.ts'
import classifyPatterns from '../../../plugins/classify/patterns/index.ts'
import responseFilter from '../../../plugins/response/filter/index.ts'

const host = { log: pino({ level: 'silent' }), folder: '.', data: '.', taxonomy: ['public', 'internal', 'confidential', 'restricted'], closing: new AbortController().signal }
const patterns = await classifyPatterns.setup({} as never, host) as Stage<never, never>
const detectors = {
  scan: (text: string, path: readonly string[]) => patterns.scan?.(text, path) ?? [],
  stream: (path: readonly string[], options: { readonly maxHold: number }) => patterns.stream?.(path, options) ?? holdingScanner(text => patterns.scan?.(text, path) ?? []),
  tag: () => 'internal'
}
const filter = await responseFilter.setup({} as never, { ...host, detectors })

/** What is personal is replaced. */
const redacts: ResponseJudgement = { effect: 'redact', reasons: [], redactions: [{ labels: ['pii.*'], operator: 'replace' }], obligations: [] }
const decision = { obligations: [], redactions: [], unscanned: ['encrypted', 'image', 'token_array'], judge: async () => redacts } as Partial<Decision> as Decision

const nothingIssued: Issued = { size: 0, find: () => [], pending: text => text.length }

/** The bytes that leave. Throws where the stream is no answer, or is blocked. */
export async function streamThrough (protocol: Protocol, contentType: string, body: Uint8Array, sizes: readonly number[]): Promise<Buffer> {
  const stream = protocol.openAnswer?.({ status: 200, contentType, stream: true }) ?? null
  if (stream === null) throw new Error(`${protocol.name} has no stream`)
  const shape = { model: 'm' } as Partial<Shape> as Shape
  const view = { decision, answer: { status: 200, lanes: [], finish: null, tools: [], unscanned: [], bytes: 0, stream: true }, shape, endpoint: { id: 'e', reason: 'primary' as const }, issued: nothingIssued }
  const running = await filter.filter?.(view, stream, new AbortController().signal)
  if (running === undefined) throw new Error('the filter takes no streams')
  const out: Uint8Array[] = []
  const take = async (events: readonly AnswerEvent[]): Promise<void> => {
    for (const event of events) {
      const step = await running.take(event)
      if (step.isBlocked) throw new Error(`blocked: ${running.decision().reasons.join()}`)
      out.push(...step.events.map(({ bytes }) => bytes))
    }
  }
  for (const chunk of cut(body, sizes)) await take(stream.push(chunk))
  await take(stream.end())
  const last = await running.finish()
  return Buffer.concat([...out, ...last.events.map(({ bytes }) => bytes)])
}

/** The bytes in chunks of these sizes, over and over. */
function * cut (body: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? body.length
    yield body.subarray(at, at + size)
    at += size
  }
}
