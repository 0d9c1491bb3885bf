/**
 * The phases: what each must read (floor), may read (ceiling) and may provide (grants). The order of a pipeline is
 * proven from this table alone; nothing here says "before".
 */
import type { FactName } from './facts.ts'

export interface PhaseRule {
  readonly floor: readonly FactName[]
  readonly ceiling: readonly FactName[]
  readonly grants: readonly FactName[]
}

export const phases = {
  identity: { floor: ['credential'], ceiling: ['credential'], grants: ['principal'] },
  limit: { floor: ['principal'], ceiling: ['principal', 'shape', 'classification'], grants: ['quota'] },
  classify: { floor: ['prompt'], ceiling: ['prompt', 'shape', 'principal'], grants: ['classification'] },
  policy: {
    floor: ['principal', 'classification', 'request'],
    ceiling: ['principal', 'classification', 'request', 'shape', 'quota'],
    grants: ['decision', 'permit']
  },
  audit: {
    floor: ['principal', 'decision'],
    ceiling: ['principal', 'decision', 'classification', 'permit', 'shape'],
    grants: ['receipt']
  },
  route: {
    floor: ['permit', 'receipt'],
    ceiling: ['permit', 'receipt', 'shape', 'budget', 'attempts'],
    grants: ['endpoint']
  },
  response: {
    floor: ['decision', 'answer'],
    ceiling: ['decision', 'answer', 'classification', 'shape', 'endpoint', 'issued'],
    grants: ['response']
  }
} as const satisfies Record<string, PhaseRule>

export type Phase = keyof typeof phases
export type Ceiling<P extends Phase> = typeof phases[P]['ceiling'][number]
export type Grants<P extends Phase> = typeof phases[P]['grants'][number]

/** Facts the core gives before any stage ran. */
export const ingressFacts: readonly FactName[] = ['credential']

/** Facts the core gives once a principal stands: the body is opened only then. */
export const openedFacts: readonly FactName[] = ['prompt', 'shape', 'request', 'quota']

/** Facts the core gives once a decision stands. */
export const decidedFacts: readonly FactName[] = ['budget', 'attempts', 'issued']

/** Facts that several stages may join, until a decision closes them. */
export const joinedFacts: readonly FactName[] = ['classification', 'quota']

/** Facts that dispatch needs; it yields `answer`. */
export const dispatchNeeds: readonly FactName[] = ['permit', 'receipt', 'endpoint']
