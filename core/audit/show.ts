/** Records as people and programs read them. Verifies nothing: `audit verify` does. */
import { parseLeaf } from './leaf.ts'
import { readLog } from './reader.ts'
import type { RecordBody, RecordEnvelope } from './record.ts'

export interface ShownRecord {
  /** The leaf as it stands in the log. */
  readonly text: string
  readonly record: RecordEnvelope
}

/** All records, oldest first; with an id, those of that decision alone. Throws where the log cannot be read further. */
export function * records (folder: string, decisionId: string | null = null): Generator<ShownRecord, void> {
  for (const piece of readLog(folder)) {
    if (piece.kind === 'tail') return
    for (const leaf of piece.leaves) {
      if (decisionId !== null && !leaf.includes(decisionId)) continue
      const record = parseLeaf(leaf)
      if (decisionId === null || idOf(record.body) === decisionId) yield { text: leaf.toString('utf8'), record }
    }
  }
}

function idOf (body: RecordBody): string | null {
  if (body.kind === 'decision') return body.id
  return body.kind === 'outcome' ? body.decision_id : null
}

/** One line for a person. */
export function describeRecord ({ index, time_us: timeUs, body }: RecordEnvelope): string {
  return `${String(index).padStart(8)}  ${new Date(timeUs / 1000).toISOString()}  ${describeBody(body)}`
}

function describeBody (body: RecordBody): string {
  switch (body.kind) {
    case 'decision': return `decision ${body.id} ${body.decision} ${body.request.route} [${body.reasons.join(', ')}] ${who(body.principal)}`
    case 'outcome': return `outcome  ${body.decision_id} ${body.end} ${body.endpoint ?? '-'} ${String(body.status ?? '-')}`
    case 'system': return `system   ${body.event}`
  }
}

function who (principal: Extract<RecordBody, { kind: 'decision' }>['principal']): string {
  return principal === null ? 'nobody' : `${principal.subject} (${principal.tenant ?? 'no tenant'})`
}
