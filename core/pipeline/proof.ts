/** The proof of a pipeline: which fact every stage reads, and who provided it. Its digest stands in every record. */
import { createHash } from 'node:crypto'
import type { FactName } from './facts.ts'

/** A fact that was read, and who provided it before: a stage's name, or `core`. */
export interface Source { readonly fact: FactName, readonly from: string }

export interface ProvenStage {
  readonly plugin: string
  readonly version: string
  readonly phase: string
  readonly optional: boolean
  readonly reads: readonly Source[]
  readonly provides: readonly FactName[]
}

/** One step: a stage, or a choice of stages, and what the core gives once it is through. */
export interface ProvenStep { readonly stages: readonly ProvenStage[], readonly then: readonly FactName[] }

export interface Proof {
  readonly steps: readonly ProvenStep[]
  /** What dispatch needs, and who provided it. */
  readonly dispatch: readonly Source[]
  /** What alone may leave. */
  readonly leaves: Source
}

/** `sha256:<hex>` over the proof. */
export function proofDigest (proof: Proof): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(proof)).digest('hex')}`
}

/** The proof as a table for people. */
export function proofTable (name: string, proof: Proof): string {
  const rows = [
    ['stage', 'reads', 'provides', 'then the core gives'],
    ...proof.steps.flatMap(({ stages, then }) => stages.map((stage, index) => [
      `${index > 0 ? 'or ' : ''}${stage.plugin}${stage.optional ? ' (optional)' : ''}`, sources(stage.reads), stage.provides.join(' '), index === 0 ? then.join(' ') : ''
    ])),
    ['(dispatch)', sources(proof.dispatch), 'answer', ''],
    ['(release)', sources([proof.leaves]), '', '']
  ]
  return [`pipeline ${name}  ${proofDigest(proof)}`, ...aligned(rows)].join('\n')
}

function sources (reads: readonly Source[]): string {
  return reads.map(({ fact, from }) => from === 'core' ? fact : `${fact}<${from}`).join(' ')
}

function aligned (rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}
