import type { Principal, Shape } from '../../../core/pipeline/plugin.ts'
import type { Per, QuotaSettings } from './config.ts'

/** Names what a request counts with: the same values in the same scope. A subject is one of its tenant and issuer alone. */
export function keyOf ({ per, scope }: QuotaSettings, principal: Principal, shape: Shape): string {
  return JSON.stringify(['quota', scope, ...per.map(one => [one, valueOf(one, principal, shape)])])
}

function valueOf (per: Per, principal: Principal, shape: Shape): unknown {
  switch (per) {
    case 'tenant': return principal.tenant
    case 'subject': return [principal.tenant, principal.issuer, principal.subject]
    case 'role': return [principal.tenant, principal.role]
    case 'actor': return actorOf(principal)
    case 'model': return shape.model
  }
}

function actorOf ({ actors: [nearest] }: Principal): unknown {
  return nearest === undefined ? null : [nearest.issuer, nearest.id]
}
