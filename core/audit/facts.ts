/**
 * What the writer must know of a body, found in its canonical text without parsing the rest: keys stand in canonical order, and
 * a quote without a backslash before it is structure, so that what is searched for is never part of a value.
 */

export type BodyFacts =
  | { readonly kind: 'decision', readonly id: string, readonly isDenial: boolean }
  | { readonly kind: 'outcome', readonly id: string, readonly index: number, readonly hash: string }
  /** `held` of a legal hold, null for other events. */
  | { readonly kind: 'system', readonly held: boolean | null }

const decisionStart = Buffer.from('{"classification":')
const outcomeStart = Buffer.from('{"attempts":')
const effectKey = Buffer.from(',"decision":"')
const idKey = Buffer.from(',"id":"')
const hashKey = Buffer.from(',"decision_hash":"')
const link = /^([0-9a-f]{64})","decision_id":"([^"\\]+)","decision_index":(\d{1,16}),"/
/** A link is a hash, an id and an index: they take no more. */
const maxLinkBytes = 320
const quote = 0x22
const denial = Buffer.from('deny"')

/** Null where the text is not that of a record's body. */
export function factsOf (body: Buffer): BodyFacts | null {
  if (startsWith(body, decisionStart)) return decisionFacts(body)
  if (startsWith(body, outcomeStart)) return outcomeFacts(body)
  return systemFacts(body)
}

/** True for a body that permits something, or denies it. */
export function isDecision (body: Buffer): boolean {
  return startsWith(body, decisionStart)
}

function decisionFacts (body: Buffer): BodyFacts | null {
  const effect = after(body, effectKey, decisionStart.length)
  const start = effect === -1 ? -1 : after(body, idKey, effect)
  const end = start === -1 ? -1 : body.indexOf(quote, start)
  if (end <= start) return null
  return { kind: 'decision', id: body.toString('latin1', start, end), isDenial: body.compare(denial, 0, denial.length, effect, effect + denial.length) === 0 }
}

function outcomeFacts (body: Buffer): BodyFacts | null {
  const start = after(body, hashKey, outcomeStart.length)
  const found = start === -1 ? null : link.exec(body.toString('latin1', start, start + maxLinkBytes))
  const [, hash = '', id = '', index = ''] = found ?? []
  return found === null ? null : { kind: 'outcome', id, index: Number(index), hash }
}

/** These are few: they are parsed. */
function systemFacts (body: Buffer): BodyFacts | null {
  try {
    const value: { readonly kind?: unknown, readonly event?: unknown, readonly held?: unknown } | null = JSON.parse(body.toString('utf8'))
    if (value?.kind !== 'system') return null
    return { kind: 'system', held: value.event === 'hold' ? value.held === true : null }
  } catch {
    return null
  }
}

/** Where the bytes after the first `key` at or after `from` begin, or -1. */
function after (body: Buffer, key: Buffer, from: number): number {
  const at = body.indexOf(key, from)
  return at === -1 ? -1 : at + key.length
}

function startsWith (body: Buffer, start: Buffer): boolean {
  return body.length >= start.length && body.compare(start, 0, start.length, 0, start.length) === 0
}
