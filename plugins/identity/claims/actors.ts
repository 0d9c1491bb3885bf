/** Who acts for the subject: the chain of `act` claims, and who may (RFC 8693 sections 4.1 and 4.4). */
import type { Party } from '../../../core/pipeline/plugin.ts'
import { invalid } from './refusal.ts'
import { optionalText } from './texts.ts'

/**
 * Nearest first: the outermost `act` is who acts now. An actor without `iss` is the token's issuer's own. Throws
 * GW_IDENTITY_INVALID for a chain that is malformed, longer than `most`, or comes back to somebody in it.
 */
export function readActors (act: unknown, subject: Party, most: number): readonly Party[] {
  const actors: Party[] = []
  for (let next = act; next !== undefined; next = (next as { act?: unknown }).act) {
    if (actors.length === most) throw invalid(`the chain of actors is longer than ${most}`)
    const actor = readParty(next, subject.issuer)
    if ([subject, ...actors].some(other => isSame(other, actor))) throw invalid('the chain of actors comes back to somebody who is in it')
    actors.push(actor)
  }
  return Object.freeze(actors)
}

/** Whom `may_act` names; null without it. */
export function readMayAct (mayAct: unknown, issuer: string): Party | null {
  return mayAct === undefined ? null : readParty(mayAct, issuer)
}

/** Throws GW_IDENTITY_INVALID where the subject's token names who may act for it, and somebody else does. */
export function checkMayAct (mayAct: Party | null, actors: readonly Party[]): void {
  const [nearest] = actors
  if (mayAct !== null && nearest !== undefined && !isSame(mayAct, nearest)) throw invalid('who acts is not whom may_act names')
}

function readParty (value: unknown, issuer: string): Party {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('an actor is no object')
  const { sub, client_id: client, iss } = value as Readonly<Record<string, unknown>>
  const id = optionalText(sub) ?? optionalText(client)
  if (id === null) throw invalid('an actor has no name')
  return Object.freeze({ issuer: optionalText(iss) ?? issuer, id })
}

function isSame (a: Party, b: Party): boolean {
  return a.issuer === b.issuer && a.id === b.id
}
