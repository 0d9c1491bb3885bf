/** What crosses between the gateway's thread and a worker: texts and numbers, so that nothing large is cloned. */

/** What a worker is made of. Modules are shared, not copied. */
export interface WorkerParts {
  readonly module: WebAssembly.Module
  /** For tenants with rules of their own. */
  readonly tenants: ReadonlyMap<string, WebAssembly.Module>
  readonly dataText: string
  /** OPA's evaluator, for a policy that needs it: null for all others. */
  readonly evaluator: WebAssembly.Module | null
  /** Two 64-bit cells, see {@link cells}. */
  readonly shared: SharedArrayBuffer
}

/** The number of the evaluation under way (0 = none), and when it began, in nanoseconds of the machine's steady clock. */
export const cells = { current: 0, since: 1 } as const
export const sharedBytes = 16

/** Questions and replies travel in lists. */
export type Question = readonly [number: number, tenant: string | null, entrypoint: string, inputText: string]

/** `text`: the result's JSON text, or why there is none. */
export type Reply = readonly [number: number, kind: 'result' | 'undefined' | 'conflict' | 'error', text: string]
