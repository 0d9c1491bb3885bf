/** Is this the body that was recorded? Computes the MAC of a decision record anew (CONTRACT 6). */
import { timingSafeEqual } from 'node:crypto'
import { macOf, type MacKey } from '../enforce/mac.ts'
import type { DecisionBody, MacRecord } from './record.ts'
import { modelSpan } from './span.ts'

/** What was sent, as far as the MAC covers it. Method, path, query and headers count on `http` routes alone. */
export interface Sent {
  readonly body: Uint8Array
  readonly method: string
  readonly path: string
  /** Without `?`. */
  readonly query: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}

/** Null where the record holds no MAC of that kind. */
export interface Match { readonly received: boolean | null, readonly dispatched: boolean | null }

/** Throws where the record's MACs were made with another key. */
export function matchDecision (decision: DecisionBody, sent: Sent, key: MacKey): Match {
  const { mac } = macOf(key, decision.request.protocol === 'http' ? httpParts(sent) : bodyParts(sent.body))
  return { received: isSame(decision.received, mac, key), dispatched: isSame(decision.dispatched, mac, key) }
}

function isSame (recorded: MacRecord | null, mac: string, key: MacKey): boolean | null {
  if (recorded === null) return null
  const keyId = recorded.mac.split(':')[1] ?? ''
  if (keyId !== key.id) throw new Error(`the record was made with the key ${keyId}, this one is ${key.id}`)
  const [left, right] = [Buffer.from(recorded.mac), Buffer.from(mac)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The body before and after the model's value; the whole body where it names none. */
function bodyParts (body: Uint8Array): Uint8Array[] {
  const span = modelSpan(body)
  return span === null ? [body] : [body.subarray(0, span.start), body.subarray(span.end)]
}

function httpParts ({ body, method, path, query, headers }: Sent): Uint8Array[] {
  const sorted = [...headers].sort(([left], [right]) => left < right ? -1 : Number(left > right))
  return [...[method, path, query, ...sorted.flatMap(([name, value]) => [name, value])].map(text => Buffer.from(text)), body]
}
