/** Copies of a request to further endpoints of the permit. Their answers are thrown away; each copy is on record, ended or under way. */
import { toGatewayError } from '../errors.ts'
import { sendWhole } from '../http/whole.ts'
import { noteWait, recordOf, seal, statusFailure } from './attempt.ts'
import type { Exchange } from './exchange.ts'

/** Returns at once: neither the caller nor the record waits for a mirror. */
export function mirror (x: Exchange, id: string): void {
  const dispatch = seal(x, id)
  const startedMs = performance.now()
  const place = x.mirrors.push(recordOf(dispatch, 'mirror', null, null, startedMs, null)) - 1
  const state = x.services.states.of(id)
  let status: number | null = null
  let waitMs: number | null = null
  const head = (given: number): boolean => {
    status = given
    return false
  }
  const end = (failure: ReturnType<typeof statusFailure>): void => {
    const record = recordOf(dispatch, 'mirror', status, failure, startedMs, null)
    x.mirrors[place] = record
    state.end({ cause: record.cause ?? null, retryAfterMs: waitMs, firstByteMs: null })
    x.services.metrics.attempt(record)
    x.services.log.info({ endpoint: id, reason: 'mirror', decision_id: x.id, status, code: record.error, cause: record.cause, milliseconds: record.milliseconds }, 'attempt')
  }
  state.begin(false)
  sendWhole(dispatch, AbortSignal.any([AbortSignal.timeout(dispatch.endpoint.config.timeout.totalMs), x.runtime.closing]), { limitBytes: 0, head }).then(answer => {
    waitMs = noteWait(x, answer)
    end(statusFailure(answer.status))
  }, (thrown: unknown) => { end(toGatewayError(thrown, 'GW_UPSTREAM_FAILED')) })
}
