/** Appends that wait for the writer's answer. */
import { GatewayError } from '../errors.ts'
import type { Receipt } from './receipt.ts'
import type { RecordBody } from './record.ts'
import { Slots } from '../transient.ts'

export interface Pending {
  readonly body: RecordBody
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: GatewayError) => void
  /** By the monotonic clock. */
  readonly deadlineMs: number
  /** True once its deadline has passed: the caller was told that it is not recorded. It may become so all the same. */
  late: boolean
}

/** One timer serves all deadlines: a deadline is kept to within this. */
const sweepMs = 10

export class PendingAppends {
  readonly #waiting = new Slots<Pending>()
  #sweeping: NodeJS.Timeout | null = null

  get size (): number { return this.#waiting.size }

  /** Waits under a tag that nobody else waits under, never 0; `send` is given that tag. Rejects with what it throws, or GW_AUDIT_DEADLINE when the time is over. */
  wait (body: RecordBody, patienceMs: number, send: (tag: number) => void): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      send(this.#waiting.next + 1)
      this.#waiting.add({ body, resolve, reject, deadlineMs: performance.now() + patienceMs, late: false })
      this.#sweeping ??= setInterval(() => { this.#sweep() }, sweepMs)
    })
  }

  /** Null for a tag that waits no more. */
  take (tag: number): Pending | null {
    return this.#waiting.take(tag - 1) ?? null
  }

  takeAll (): Pending[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    return all
  }

  #sweep (): void {
    if (this.#waiting.size === 0) return this.#rest()
    const nowMs = performance.now()
    for (const pending of this.#waiting) {
      if (pending.late || pending.deadlineMs > nowMs) continue
      pending.late = true
      pending.reject(new GatewayError('GW_AUDIT_DEADLINE'))
    }
  }

  #rest (): void {
    if (this.#sweeping !== null) clearInterval(this.#sweeping)
    this.#sweeping = null
  }
}
