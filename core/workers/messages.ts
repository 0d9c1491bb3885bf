/** What the primary and its workers say to each other over the channel of node:cluster. Records go over a socket of their own: see hub.ts. */
import type { Fault } from '../config/types.ts'
import type { QuestionParts } from '../endpoints/question.ts'
import type { Demand, Reservation, Taken } from '../store/contract.ts'

/** File descriptor, in a worker, of the socket to the one audit writer. */
export const auditDescriptor = 4

/** What a worker tells of itself, for operators. */
export interface WorkerReport {
  /** The state of endpoints, by id. */
  readonly endpoints: Readonly<Record<string, unknown>>
  /** What keeps it from serving by now. */
  readonly unready: readonly string[]
}

export type ToWorker =
  | { readonly to: 'worker', readonly type: 'prepare' | 'apply' | 'discard' | 'close' | 'report' }
  | { readonly to: 'worker', readonly type: 'hint', readonly endpoint: string, readonly ms: number }
  | { readonly to: 'worker', readonly type: 'explain', readonly parts: QuestionParts }
  | { readonly to: 'worker', readonly type: 'answer', readonly id: number, readonly answer: Taken | boolean | null }

export type ToPrimary =
  | { readonly to: 'primary', readonly type: 'serving', readonly address: string }
  | { readonly to: 'primary', readonly type: 'failed', readonly message: string, readonly faults: readonly Fault[] }
  | { readonly to: 'primary', readonly type: 'prepared', readonly message: string | null, readonly faults: readonly Fault[] }
  | { readonly to: 'primary', readonly type: 'report', readonly report: WorkerReport }
  /** `error` is what is wrong with the question. */
  | { readonly to: 'primary', readonly type: 'explained', readonly answer: unknown, readonly error: string | null }
  | { readonly to: 'primary', readonly type: 'hint', readonly endpoint: string, readonly ms: number }
  | { readonly to: 'primary', readonly type: 'take', readonly id: number, readonly demand: Demand }
  | { readonly to: 'primary', readonly type: 'settle', readonly reservation: Reservation, readonly used: readonly number[] }
  | { readonly to: 'primary', readonly type: 'claim', readonly id: number, readonly key: string, readonly ttlMs: number }

export function isToWorker (message: unknown): message is ToWorker {
  return typeof message === 'object' && message !== null && 'to' in message && message.to === 'worker'
}

export function isToPrimary (message: unknown): message is ToPrimary {
  return typeof message === 'object' && message !== null && 'to' in message && message.to === 'primary'
}
