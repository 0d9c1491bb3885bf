/** The state of all endpoints. It outlives reloads: an endpoint that failed is not healthy because the configuration is new. */
import { performance } from 'node:perf_hooks'
import type { EndpointConfig, HealthConfig } from '../config/types.ts'
import type { Hints } from '../store/contract.ts'
import { EndpointStatus, type EndpointReport } from './state.ts'

export class EndpointStates {
  readonly #all = new Map<string, EndpointStatus>()
  readonly #nowMs: () => number
  readonly #hints: Pick<Hints, 'tell'>
  #named: ReadonlySet<string> = new Set()

  /**
   * @param hints what other instances find, and are told
   * @param nowMs a clock that never goes back
   */
  constructor (hints: Hints | null = null, nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#hints = hints ?? { tell: () => {} }
    hints?.listen((id, ms) => { this.#all.get(id)?.suspect(ms) })
  }

  /** Takes the settings of a configuration. Requests under way may still go to endpoints that it names no more: those are kept, and not told of. */
  configure (endpoints: ReadonlyMap<string, EndpointConfig>): void {
    this.#named = new Set(endpoints.keys())
    for (const [id, { health }] of endpoints) {
      const known = this.#all.get(id)
      if (known === undefined) this.#add(id, health)
      else known.configure(health)
    }
  }

  /** Throws for an endpoint that no configuration named. */
  of (id: string): EndpointStatus {
    const status = this.#all.get(id)
    if (status === undefined) throw new Error(`there is no endpoint ${id}`)
    return status
  }

  reports (): Record<string, EndpointReport> {
    return Object.fromEntries([...this.#all].filter(([id]) => this.#named.has(id)).map(([id, status]) => [id, status.report()]))
  }

  #add (id: string, health: HealthConfig): void {
    this.#all.set(id, new EndpointStatus(id, health, this.#nowMs, ms => { this.#hints.tell(id, ms) }))
  }
}
