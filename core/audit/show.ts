/** Records as people and programs read them. Verifies nothing: `audit verify` does. */
import { closeSync, openSync, readSync } from 'node:fs'
import { findKey } from '../enforce/body-keys.ts'
import type { SecretKey } from '../enforce/key-file.ts'
import { pseudonymKeyId, pseudonymOf } from './pseudonym.ts'
import { parseLeaf } from './verify/leaf.ts'
import { listSegments, segmentFile } from './verify/files.ts'
import { headerBytes, startsFrame } from './verify/frame.ts'
import { readLog, type Place } from './verify/reader.ts'
import type { DecisionBody, RecordBody, RecordEnvelope } from './record.ts'

export interface ShownRecord {
  /** The leaf as it stands in the log. */
  readonly text: string
  readonly record: RecordEnvelope
}

/** Which records to show; null asks for nothing. An outcome is shown where its decision is. */
export interface Selection {
  readonly decisionId?: string | null
  /** permit, redact or deny. */
  readonly effect?: string | null
  readonly tenant?: string | null
  readonly subject?: string | null
  /** Where the keys of pseudonyms lie: with them a subject is found behind its own. */
  readonly keys?: string | null
  /** How it ended: outcomes alone. */
  readonly end?: string | null
  /** Microseconds since the epoch, the first included, the second not. */
  readonly sinceUs?: number | null
  readonly untilUs?: number | null
}

/** The records selected, oldest first. Throws where the log cannot be read further. */
export function * records (folder: string, selection: Selection = {}): Generator<ShownRecord, void> {
  yield * recordsFrom(folder, new Selector(selection), { segment: 0, offset: 0 })
}

/** As {@link records}, then what is added until the signal aborts. */
export async function * followRecords (folder: string, selection: Selection, signal: AbortSignal): AsyncGenerator<ShownRecord, void> {
  const selector = new Selector(selection)
  let place: Place = { segment: 0, offset: 0 }
  while (!signal.aborted) {
    place = yield * recordsFrom(folder, selector, place)
    while (!signal.aborted && !goesOn(folder, place)) await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

const pollMs = 200

/** Answers where the next frame will stand. */
function * recordsFrom (folder: string, selector: Selector, from: Place): Generator<ShownRecord, Place> {
  for (const piece of readLog(folder, undefined, from)) {
    if (piece.kind === 'tail') return piece
    for (const leaf of piece.leaves) if (selector.maySelect(leaf)) yield * selector.select(leaf)
  }
  return from
}

/** True where a frame has come after this place, or in a later segment. */
function goesOn (folder: string, place: Place): boolean {
  const later = listSegments(folder).filter(segment => segment > place.segment).map(segment => ({ segment, offset: 0 }))
  return [place, ...later].some(({ segment, offset }) => beginsFrame(segmentFile(folder, segment), offset))
}

function beginsFrame (file: string, offset: number): boolean {
  const fd = openSync(file, 'r')
  try {
    const header = Buffer.alloc(headerBytes)
    readSync(fd, header, 0, headerBytes, offset)
    return startsFrame(header, 0)
  } finally {
    closeSync(fd)
  }
}

class Selector {
  readonly #selection: Selection
  /** Decisions that were shown and whose outcome was not: those that a selection by decision goes on with. */
  readonly #shown = new Set<string>()
  readonly #keys = new Map<string, SecretKey | null>()

  constructor (selection: Selection) {
    this.#selection = selection
  }

  /** False for a leaf that cannot be selected: it need not be parsed. */
  maySelect (leaf: Buffer): boolean {
    const { decisionId = null } = this.#selection
    return decisionId === null || leaf.includes(decisionId)
  }

  * select (leaf: Buffer): Generator<ShownRecord, void> {
    const record = parseLeaf(leaf)
    if (this.#isInTime(record.time_us) && this.#takes(record.body)) yield { text: leaf.toString('utf8'), record }
  }

  #isInTime (timeUs: number): boolean {
    const { sinceUs = null, untilUs = null } = this.#selection
    return (sinceUs === null || timeUs >= sinceUs) && (untilUs === null || timeUs < untilUs)
  }

  #takes (body: RecordBody): boolean {
    const { decisionId = null, effect = null, tenant = null, subject = null, end = null } = this.#selection
    const byDecision = [decisionId, effect, tenant, subject].some(asked => asked !== null)
    if (body.kind === 'system') return !byDecision && end === null
    if (body.kind === 'decision') return this.#takesDecision(body) && end === null
    const isOfShown = this.#shown.delete(body.decision_id)
    return (isOfShown || !byDecision || body.decision_id === decisionId) && (end === null || body.end === end)
  }

  #takesDecision (body: DecisionBody): boolean {
    const { decisionId = null, effect = null, tenant = null, subject = null } = this.#selection
    const takes = is(decisionId, body.id) && is(effect, body.decision) && is(tenant, body.principal?.tenant) && (subject === null || this.#isSubject(subject, body.principal))
    if (takes && body.decision !== 'deny') this.#shown.add(body.id)
    return takes
  }

  #isSubject (subject: string, principal: DecisionBody['principal']): boolean {
    if (principal === null || principal.subject === subject) return principal !== null
    const id = pseudonymKeyId(principal.subject)
    const key = id === null ? null : this.#key(id)
    return key !== null && pseudonymOf(key, principal.issuer, subject) === principal.subject
  }

  #key (id: string): SecretKey | null {
    const { keys = null } = this.#selection
    const known = this.#keys.get(id)
    if (known !== undefined || keys === null) return known ?? null
    const found = findKey(keys, id)
    this.#keys.set(id, found)
    return found
  }
}

function is (asked: string | null, found: string | null | undefined): boolean {
  return asked === null || asked === found
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
