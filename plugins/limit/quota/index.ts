/**
 * `limit.quota`: requests, tokens, dollars and requests at once, by who asks. It reserves an estimate before anything else is done, and settles what was used,
 * however the request ended. Several quotas are several stages.
 */
import { definePlugin, GatewayError, proceed, type CounterStore, type Reservation, type StageResult, type Taken } from '../../../core/pipeline/plugin.ts'
import { Calendar } from './calendar.ts'
import { configSchema, decodeConfig, faultsOf, type LimitQuotaConfig, type QuotaSettings } from './config.ts'
import { keyOf } from './key.ts'
import { Meters } from './meters.ts'

/** Told to who asks for more than a limit holds: waiting does not help. */
const neverSeconds = 3600

type Counting = Pick<CounterStore, 'take' | 'settle'>

export default definePlugin({
  name: 'limit.quota',
  version: '1.0.0',
  phase: 'limit',
  reads: ['principal', 'shape'],
  provides: ['quota'],
  configSchema,
  check: (config: LimitQuotaConfig, { policyData }) => faultsOf(config, Object.values(policyData.endpoints) as Array<{ readonly price?: unknown }>),
  setup (config: LimitQuotaConfig, { counters, dearest }) {
    const settings = decodeConfig(config)
    const meters = new Meters(settings, new Calendar(settings.timeZone))
    const answer = (taken: Taken, counting: Counting): StageResult<'quota'> => {
      const quota = meters.entries(taken.levels)
      if (!taken.admitted) return { kind: 'halt', error: refusal(settings, taken), facts: { quota } }
      return proceed({ quota }, new Counted(counting, taken.reservation))
    }
    return {
      run: view => {
        const { principal, shape } = view
        const demand = { key: keyOf(settings, principal, shape), meters: meters.at(Date.now()), amounts: meters.estimate(shape, dearest(shape.model, shape.protocol)) }
        const taken = counters.take(demand)
        if (!(taken instanceof Promise)) return answer(taken, counters)
        return taken.then(one => answer(one, counters), async (lost: unknown) => {
          if (settings.onStoreLoss === 'deny') throw lost
          return answer(await counters.local.take(demand), counters.local)
        })
      },
      settle: (_view, result, counted) => {
        if (counted instanceof Counted) return counted.settle(meters.used(result, counted.reservation.amounts))
      }
    }
  }
})

/** What one request was counted with, and where. */
class Counted {
  readonly reservation: Reservation
  readonly #counting: Counting

  constructor (counting: Counting, reservation: Reservation) {
    this.#counting = counting
    this.reservation = reservation
  }

  settle (used: readonly number[]): Promise<void> | void {
    return this.#counting.settle(this.reservation, used)
  }
}

function refusal ({ limits }: QuotaSettings, { over, retryAfterMs }: Extract<Taken, { admitted: false }>): GatewayError {
  const limit = limits[over]
  const seconds = retryAfterMs === null ? neverSeconds : Math.max(1, Math.ceil(retryAfterMs / 1000))
  return limit === undefined
    ? new GatewayError('GW_LIMIT_CONCURRENCY', { retryAfterSeconds: 1 })
    : new GatewayError('GW_LIMIT_EXCEEDED', { retryAfterSeconds: seconds, reasons: ['limit.exceeded', `limit.${limit.name}`] })
}
