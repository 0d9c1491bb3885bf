/** Appends that wait for the writer's answer. */
import { GatewayError } from '../errors.ts'
import type { Receipt } from './receipt.ts'
import type { RecordBody } from './record.ts'

export interface Pending {
  readonly body: RecordBody
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: GatewayError) => void
  readonly timer: NodeJS.Timeout
  /** True once its deadline has passed: the caller was told that it is not recorded. It may become so all the same. */
  late: boolean
}

export class PendingAppends {
  readonly #byTag = new Map<number, Pending>()
  #lastTag = 0

  get size (): number { return this.#byTag.size }

  /** Waits under a fresh tag; `send` is given that tag. Rejects with GW_AUDIT_DEADLINE when the time is over. */
  async wait (body: RecordBody, deadlineMs: number, send: (tag: number) => void): Promise<Receipt> {
    return await new Promise((resolve, reject) => {
      this.#lastTag = this.#lastTag % 0xffffffff + 1 // 32 bits, never 0
      const tag = this.#lastTag
      const timer = setTimeout(() => { this.#expire(tag) }, deadlineMs)
      this.#byTag.set(tag, { body, resolve, reject, timer, late: false })
      send(tag)
    })
  }

  /** Null for a tag that waits no more. */
  take (tag: number): Pending | null {
    const pending = this.#byTag.get(tag)
    if (pending === undefined) return null
    this.#byTag.delete(tag)
    clearTimeout(pending.timer)
    return pending
  }

  takeAll (): Pending[] {
    return [...this.#byTag.keys()].flatMap(tag => this.take(tag) ?? [])
  }

  #expire (tag: number): void {
    const pending = this.#byTag.get(tag)
    if (pending === undefined) return
    pending.late = true
    pending.reject(new GatewayError('GW_AUDIT_DEADLINE'))
  }
}
