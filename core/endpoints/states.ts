/** The state of all endpoints. It outlives reloads: an endpoint that failed is not healthy because the configuration is new. */
import { performance } from 'node:perf_hooks'
import type { EndpointConfig, HealthConfig } from '../config/types.ts'
import { EndpointStatus, type EndpointReport } from './state.ts'

export class EndpointStates {
  readonly #all = new Map<string, EndpointStatus>()
  readonly #nowMs: () => number

  /** @param nowMs a clock that never goes back */
  constructor (nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Takes the settings of a configuration; endpoints that it does not name are forgotten when nothing is under way to them. */
  configure (endpoints: ReadonlyMap<string, EndpointConfig>): void {
    for (const [id, { health }] of endpoints) {
      const known = this.#all.get(id)
      if (known === undefined) this.#add(id, health)
      else known.configure(health)
    }
    for (const [id, status] of this.#all) if (!endpoints.has(id) && status.active === 0) this.#all.delete(id)
  }

  /** Throws for an endpoint that no configuration named. */
  of (id: string): EndpointStatus {
    const status = this.#all.get(id)
    if (status === undefined) throw new Error(`there is no endpoint ${id}`)
    return status
  }

  reports (): Record<string, EndpointReport> {
    return Object.fromEntries([...this.#all].map(([id, status]) => [id, status.report()]))
  }

  #add (id: string, health: HealthConfig): void {
    this.#all.set(id, new EndpointStatus(id, health, this.#nowMs))
  }
}
