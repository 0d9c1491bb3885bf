/** Request headers by which a caller narrows what happens. None of them can widen anything. */
import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../errors.ts'
import type { Budget, Principal } from '../pipeline/facts.ts'
import type { Obligation } from '../enforce/decision.ts'

export interface Narrowing {
  readonly role: string | null
  readonly reason: string | null
  readonly budget: Budget
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** Throws GW_REQUEST_INVALID for a malformed budget or a reason that is not configured. */
export function readNarrowing (headers: IncomingHttpHeaders, reasons: readonly string[]): Narrowing {
  return {
    role: one(headers, 'sallyport-role'),
    reason: readReason(one(headers, 'sallyport-reason'), reasons),
    budget: {
      latencyMs: readLatency(one(headers, 'sallyport-latency-budget')),
      costMicros: readCost(one(headers, 'sallyport-cost-budget'))
    }
  }
}

function one (headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}

function readReason (value: string | null, reasons: readonly string[]): string | null {
  if (value !== null && !reasons.includes(value)) throw new GatewayError('GW_REQUEST_INVALID')
  return value
}

function readLatency (value: string | null): number | null {
  if (value === null) return null
  const match = /^(\d{1,9})(ms|s|m)$/.exec(value)
  const milliseconds = Number(match?.[1]) * (durationUnits[match?.[2] ?? ''] ?? NaN)
  if (!(milliseconds > 0)) throw new GatewayError('GW_REQUEST_INVALID')
  return milliseconds
}

/** US dollars as decimal text, in millionths. */
function readCost (value: string | null): number | null {
  if (value === null) return null
  const match = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(value)
  if (match === null) throw new GatewayError('GW_REQUEST_INVALID')
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'))
}

/** Principals without a role asked for, narrowed: a remembered one comes back at every request of its caller. */
const unasked = new WeakMap<Principal, Principal>()

/** The role in effect: the one asked for, else the only one held. Throws GW_POLICY_ROLE_NOT_HELD. */
export function narrowRole (principal: Principal, asked: string | null): Principal {
  if (asked !== null) {
    if (!principal.roles.includes(asked)) throw new GatewayError('GW_POLICY_ROLE_NOT_HELD')
    return withRole(principal, asked)
  }
  const before = unasked.get(principal)
  if (before !== undefined) return before
  const [only, second] = principal.roles
  const narrowed = withRole(principal, second === undefined ? only ?? null : null)
  unasked.set(principal, narrowed)
  return narrowed
}

/** What bounded the roles until now has done its work. */
function withRole ({ rolesAllowed: _done, ...principal }: Principal, role: string | null): Principal {
  return Object.freeze({ ...principal, role })
}

/** The stricter of what the caller and the decision's obligations set. */
export function strictestBudget (asked: Budget, obligations: readonly Obligation[]): Budget {
  return {
    latencyMs: smallest(asked.latencyMs, parametersOf(obligations, 'latency_budget', 'ms')),
    costMicros: smallest(asked.costMicros, parametersOf(obligations, 'cost_budget', 'micros'))
  }
}

function parametersOf (obligations: readonly Obligation[], type: Obligation['type'], name: string): number[] {
  return obligations.filter(obligation => obligation.type === type)
    .map(obligation => obligation.parameters[name])
    .filter(value => typeof value === 'number')
}

function smallest (asked: number | null, obliged: readonly number[]): number | null {
  const all = asked === null ? obliged : [asked, ...obliged]
  return all.length === 0 ? null : Math.min(...all)
}
