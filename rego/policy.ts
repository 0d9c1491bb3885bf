/** A policy that can be evaluated, whether it was built here from a folder or came as a bundle. */
import { createHash } from 'node:crypto'
import { canonicalize } from '../core/audit/canonical.ts'
import type { PolicyVersion } from '../core/enforce/decision.ts'
import type { PolicyData } from '../core/pipeline/plugin.ts'

export interface BuiltPolicy extends PolicyCode {
  /** The whole base document as JSON text. */
  readonly dataText: string
  readonly version: PolicyVersion
}

/** What does not change with the deployment. */
export interface PolicyCode {
  readonly wasm: Uint8Array
  /** For tenants with rules of their own: the same policy with their rules, and no other tenant's. */
  readonly tenants: ReadonlyMap<string, Uint8Array>
  /** False where no rule judges answers: the judgement of every answer is then the same. */
  readonly judges: boolean
  /** Builtins that OPA's own evaluator answers, which each worker then loads; none: it is not loaded. */
  readonly evaluated: readonly string[]
}

/** Data takes some fifteen times its size in each worker: what is larger belongs into the input. */
export const maxDataBytes = 4_000_000

/** Refused for the size of its data. */
export class DataTooLarge extends RangeError {}

/**
 * Joins code, an author's data and the gateway's own into what is evaluated.
 * @param data what policies read as `data`, without `gateway`
 * @param gateway what they read as `data.gateway`; null where no configuration is at hand
 */
export function assemble (code: PolicyCode, data: Readonly<Record<string, unknown>>, gateway: PolicyData | null, revision: string): BuiltPolicy {
  const dataText = sortedJson({ ...data, gateway: gateway ?? {} })
  const bytes = Buffer.byteLength(dataText)
  if (bytes >= maxDataBytes) throw new DataTooLarge(`the data is ${bytes} bytes with the gateway's own: it must be less than ${maxDataBytes}`)
  return { ...code, dataText, version: versionOf(revision, code, dataText) }
}

/** Keys sorted: the same data is the same text, whatever the order of files. Numbers may be fractions here. */
function sortedJson (data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
  })
}

function versionOf (revision: string, { wasm, tenants }: PolicyCode, dataText: string): PolicyVersion {
  const digest = sha256(canonicalize({ data: sha256(dataText), policy: sha256(wasm), tenants: [...tenants].map(([name, bytes]) => [name, sha256(bytes)]) }))
  return { version: `${revision}@sha256:${digest.slice(0, 12)}`, digest: `sha256:${digest}` }
}

function sha256 (content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
