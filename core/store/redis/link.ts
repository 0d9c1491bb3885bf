/**
 * Says whether Redis may be asked. It may not while a connection is gone, nor when it came back empty until every gateway has had the time
 * to add what it had counted itself: then nothing is admitted anew that was used up before.
 */
import { randomUUID } from 'node:crypto'
import type { RedisClient } from './client.ts'

/** After a mark is new, gateways have this long to connect and to restore their share before any of them asks again. */
const graceMs = 1000
const checkAgainMs = 100

export interface LinkEvents {
  /** Redis has lost what it held: this gateway adds its own share. */
  restore (): Promise<void>
  /** Redis may be asked again: what waited goes now. */
  resume (): Promise<void>
  changed (ready: boolean): void
}

export class Link {
  readonly #client: RedisClient
  readonly #events: LinkEvents
  #known: readonly string[] = []
  #isReady = false
  /** Rises with every connection that comes or goes: a check that began before it tells nothing. */
  #turn = 0
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor (client: RedisClient, events: LinkEvents) {
    this.#client = client
    this.#events = events
    client.watch(change => { this.#noteChange(change) })
  }

  get isReady (): boolean { return this.#isReady }

  close (): void {
    this.#isClosed = true
    this.#setReady(false)
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #noteChange (change: 'connected' | 'gone'): void {
    if (this.#isClosed) return
    this.#turn++
    if (change === 'gone') this.#setReady(false)
    this.#checkIn(0)
  }

  #checkIn (ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => { this.#check().catch(() => { this.#checkIn(checkAgainMs) }) }, ms)
    this.#timer.unref()
  }

  async #check (): Promise<void> {
    const turn = this.#turn
    const marks = await this.#readMarks()
    const isNew = (id: string, index: number): boolean => id !== this.#known[index]
    if (marks.some(({ id }, index) => isNew(id, index))) {
      if (this.#known.length > 0) await this.#events.restore()
      await pause(Math.max(0, ...marks.filter(({ id }, index) => isNew(id, index)).map(({ ageMs }) => graceMs - ageMs)))
    }
    if (turn !== this.#turn) return // a later check is under way
    this.#known = marks.map(({ id }) => id)
    await this.#events.resume()
    if (turn === this.#turn) this.#setReady(true)
  }

  async #readMarks (): Promise<Array<{ readonly id: string, readonly ageMs: number }>> {
    return await Promise.all(this.#client.markKeys.map(async key => {
      const [id, ageMs] = await this.#client.commands.sallyportMark(key, randomUUID())
      return { id: String(id), ageMs: Number(ageMs) }
    }))
  }

  #setReady (ready: boolean): void {
    if (ready === this.#isReady) return
    this.#isReady = ready
    this.#events.changed(ready)
  }
}

async function pause (ms: number): Promise<void> {
  if (ms > 0) await new Promise(resolve => setTimeout(resolve, ms))
}
