/** Without a store, quotas and claims of all workers are counted in the primary, and what one of them finds of endpoints is told to the others. */
import { GatewayError } from '../errors.ts'
import type { CounterStore, Hints, Reservation, Store, Taken } from '../store/contract.ts'
import { Names } from '../transient.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

/** An answer of the primary that takes longer counts as lost. */
const patienceMs = 2000

type Answer = Extract<ToWorker, { type: 'answer' }>['answer']

/** A worker's side: every question goes to the primary. */
export class RemoteStore implements Store {
  readonly #send: (message: ToPrimary) => void
  readonly #waiting = new Names<(answer: Answer) => void>()
  #lastId = 0

  constructor (send: (message: ToPrimary) => void) {
    this.#send = send
  }

  readonly counters: CounterStore = {
    take: async demand => {
      const taken = await this.#ask(id => ({ to: 'primary', type: 'take', id, demand }))
      if (taken === null || typeof taken === 'boolean') throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE')
      return taken
    },
    settle: (reservation, used) => { this.#send({ to: 'primary', type: 'settle', reservation, used }) },
    get local (): CounterStore { return this }
  }

  readonly replay = {
    claim: async (key: string, ttlMs: number): Promise<boolean> => {
      const won = await this.#ask(id => ({ to: 'primary', type: 'claim', id, key, ttlMs }))
      if (typeof won !== 'boolean') throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE')
      return won
    }
  }

  readonly hints: Hints & { heard: (endpoint: string, ms: number) => void } = {
    heard: () => {},
    tell: (endpoint, ms) => { this.#send({ to: 'primary', type: 'hint', endpoint, ms }) },
    listen (heard): void { this.heard = heard }
  }

  ready (): boolean { return true }

  async close (): Promise<void> {}

  answer ({ id, answer }: Extract<ToWorker, { type: 'answer' }>): void {
    this.#waiting.get(String(id))?.(answer)
  }

  async #ask (question: (id: number) => ToPrimary): Promise<Answer> {
    const id = ++this.#lastId
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const timer = setTimeout(() => { reject(new GatewayError('GW_LIMIT_STORE_UNAVAILABLE')) }, patienceMs)
        this.#waiting.set(String(id), answer => {
          clearTimeout(timer)
          resolve(answer)
        })
        this.#send(question(id))
      })
    } finally {
      this.#waiting.delete(String(id))
    }
  }
}

/** The primary's side for one worker: when that ends, the places that it held are free again. */
export class Counting {
  readonly #store: Store
  readonly #send: (message: ToWorker) => void
  readonly #held = new Names<Reservation>()

  constructor (store: Store, send: (message: ToWorker) => void) {
    this.#store = store
    this.#send = send
  }

  receive (message: ToPrimary): void {
    if (message.type === 'take') this.#answer(message.id, async () => this.#hold(await this.#store.counters.take(message.demand)))
    if (message.type === 'claim') this.#answer(message.id, async () => await this.#store.replay.claim(message.key, message.ttlMs))
    if (message.type === 'settle') this.#settle(message.reservation, message.used)
  }

  /** What was counted stays; only places are given back. */
  release (): void {
    for (const lease of this.#held.keys()) {
      const reservation = this.#held.get(lease)
      if (reservation !== undefined) this.#settle(reservation, reservation.meters.map(({ span }, index) => span.kind === 'concurrent' ? 0 : reservation.amounts[index] ?? 0))
    }
  }

  #answer (id: number, work: () => Promise<Answer>): void {
    work().then(answer => { this.#send({ to: 'worker', type: 'answer', id, answer }) }, () => { this.#send({ to: 'worker', type: 'answer', id, answer: null }) })
  }

  #hold (taken: Taken): Taken {
    if (taken.admitted && taken.reservation.meters.some(({ span }) => span.kind === 'concurrent')) this.#held.set(taken.reservation.lease, taken.reservation)
    return taken
  }

  #settle (reservation: Reservation, used: readonly number[]): void {
    this.#held.delete(reservation.lease)
    Promise.resolve(this.#store.counters.settle(reservation, used)).catch(() => {}) // a lost settlement is on the safe side
  }
}
